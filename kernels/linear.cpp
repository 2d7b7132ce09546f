#include "kernels/linear.hpp"

#include <algorithm>
#include <array>

#include "kernels/check.hpp"
#include "kernels/gemm.hpp"

namespace lockstep::kernels {
namespace {

void check_bias(std::size_t bias, LinearShape shape) {
  if (bias != 0) check_size("linear_forward", "bias", bias, shape.out);
}

void check_shapes_of_forward(std::size_t x, std::size_t w, std::size_t bias, std::size_t y, LinearShape shape) {
  check_size("linear_forward", "x", x, shape.rows * shape.in);
  check_size("linear_forward", "w", w, shape.out * shape.in);
  check_bias(bias, shape);
  check_size("linear_forward", "y", y, shape.rows * shape.out);
}

void check_shapes_of_backward_input(std::size_t dy, std::size_t w, std::size_t dx, LinearShape shape) {
  check_size("linear_backward_input", "dy", dy, shape.rows * shape.out);
  check_size("linear_backward_input", "w", w, shape.out * shape.in);
  check_size("linear_backward_input", "dx", dx, shape.rows * shape.in);
}

void check_shapes_of_backward_weight(std::size_t x, std::size_t dy, std::size_t dw, LinearShape shape) {
  check_size("linear_backward_weight", "x", x, shape.rows * shape.in);
  check_size("linear_backward_weight", "dy", dy, shape.rows * shape.out);
  check_size("linear_backward_weight", "dw", dw, shape.out * shape.in);
}

void check_shapes_of_backward_bias(std::size_t dy, std::size_t db, LinearShape shape) {
  check_size("linear_backward_bias", "dy", dy, shape.rows * shape.out);
  check_size("linear_backward_bias", "db", db, shape.out);
}

template <typename T>
void forward(std::span<const T> x, std::span<const T> w, std::span<const T> bias, std::span<T> y, LinearShape shape) {
  check_shapes_of_forward(x.size(), w.size(), bias.size(), y.size(), shape);
  // The product is added to the bias: one pass over y less than the other way round.
  if (!bias.empty()) {
    for (std::size_t row = 0; row < shape.rows; ++row) std::ranges::copy(bias, y.subspan(row * shape.out).begin());
  }
  gemm(Transpose::no, Transpose::yes, shape.rows, shape.out, shape.in, x, w, bias.empty() ? Into::overwrite : Into::add,
       y);
}

template <typename T>
void backward_input(std::span<const T> dy, std::span<const T> w, std::span<T> dx, LinearShape shape) {
  check_shapes_of_backward_input(dy.size(), w.size(), dx.size(), shape);
  gemm(Transpose::no, Transpose::no, shape.rows, shape.in, shape.out, dy, w, Into::overwrite, dx);
}

template <typename T>
void backward_weight(std::span<const T> x, std::span<const T> dy, std::span<T> dw, LinearShape shape, Into into) {
  check_shapes_of_backward_weight(x.size(), dy.size(), dw.size(), shape);
  gemm(Transpose::yes, Transpose::no, shape.out, shape.in, shape.rows, dy, x, into, dw);
}

}  // namespace

void linear_forward(std::span<const float> x, std::span<const float> w, std::span<const float> bias, std::span<float> y,
                    LinearShape shape) {
  forward(x, w, bias, y, shape);
}
void linear_forward(std::span<const BFloat16> x, std::span<const BFloat16> w, std::span<const BFloat16> bias,
                    std::span<BFloat16> y, LinearShape shape) {
  forward(x, w, bias, y, shape);
}

void linear_backward_input(std::span<const float> dy, std::span<const float> w, std::span<float> dx,
                           LinearShape shape) {
  backward_input(dy, w, dx, shape);
}
void linear_backward_input(std::span<const BFloat16> dy, std::span<const BFloat16> w, std::span<BFloat16> dx,
                           LinearShape shape) {
  backward_input(dy, w, dx, shape);
}

void linear_backward_weight(std::span<const float> x, std::span<const float> dy, std::span<float> dw, LinearShape shape,
                            Into into) {
  backward_weight(x, dy, dw, shape, into);
}
void linear_backward_weight(std::span<const BFloat16> x, std::span<const BFloat16> dy, std::span<BFloat16> dw,
                            LinearShape shape, Into into) {
  backward_weight(x, dy, dw, shape, into);
}

void linear_backward_bias(std::span<const float> dy, std::span<float> db, LinearShape shape, Into into) {
  check_shapes_of_backward_bias(dy.size(), db.size(), shape);
  if (into == Into::overwrite) std::ranges::fill(db, 0.0F);
  for (std::size_t row = 0; row < shape.rows; ++row) {
    const float* dy_row = dy.data() + row * shape.out;
    for (std::size_t column = 0; column < shape.out; ++column) db[column] += dy_row[column];
  }
}

void linear_backward_bias(std::span<const BFloat16> dy, std::span<BFloat16> db, LinearShape shape, Into into) {
  check_shapes_of_backward_bias(dy.size(), db.size(), shape);
  constexpr std::size_t block = 256;  // sums at a time: as many as stay in the nearest cache
  std::array<float, block> sums;
  for (std::size_t first = 0; first < shape.out; first += block) {
    const std::size_t size = std::min(block, shape.out - first);
    for (std::size_t column = 0; column < size; ++column)
      sums[column] = into == Into::add ? static_cast<float>(db[first + column]) : 0.0F;
    for (std::size_t row = 0; row < shape.rows; ++row) {
      const BFloat16* dy_row = dy.data() + row * shape.out + first;
      for (std::size_t column = 0; column < size; ++column) sums[column] += dy_row[column];
    }
    for (std::size_t column = 0; column < size; ++column) db[first + column] = BFloat16{sums[column]};
  }
}

void linear_forward(std::span<const double> x, std::span<const double> w, std::span<const double> bias,
                    std::span<double> y, LinearShape shape) {
  check_shapes_of_forward(x.size(), w.size(), bias.size(), y.size(), shape);
  for (std::size_t row = 0; row < shape.rows; ++row) {
    for (std::size_t o = 0; o < shape.out; ++o) {
      double sum = bias.empty() ? 0 : bias[o];
      for (std::size_t i = 0; i < shape.in; ++i) sum += x[row * shape.in + i] * w[o * shape.in + i];
      y[row * shape.out + o] = sum;
    }
  }
}

void linear_backward_input(std::span<const double> dy, std::span<const double> w, std::span<double> dx,
                           LinearShape shape) {
  check_shapes_of_backward_input(dy.size(), w.size(), dx.size(), shape);
  for (std::size_t row = 0; row < shape.rows; ++row) {
    for (std::size_t i = 0; i < shape.in; ++i) {
      double sum = 0;
      for (std::size_t o = 0; o < shape.out; ++o) sum += dy[row * shape.out + o] * w[o * shape.in + i];
      dx[row * shape.in + i] = sum;
    }
  }
}

void linear_backward_weight(std::span<const double> x, std::span<const double> dy, std::span<double> dw,
                            LinearShape shape, Into into) {
  check_shapes_of_backward_weight(x.size(), dy.size(), dw.size(), shape);
  for (std::size_t o = 0; o < shape.out; ++o) {
    for (std::size_t i = 0; i < shape.in; ++i) {
      double sum = into == Into::add ? dw[o * shape.in + i] : 0;
      for (std::size_t row = 0; row < shape.rows; ++row) sum += dy[row * shape.out + o] * x[row * shape.in + i];
      dw[o * shape.in + i] = sum;
    }
  }
}

void linear_backward_bias(std::span<const double> dy, std::span<double> db, LinearShape shape, Into into) {
  check_shapes_of_backward_bias(dy.size(), db.size(), shape);
  for (std::size_t o = 0; o < shape.out; ++o) {
    double sum = into == Into::add ? db[o] : 0;
    for (std::size_t row = 0; row < shape.rows; ++row) sum += dy[row * shape.out + o];
    db[o] = sum;
  }
}

}  // namespace lockstep::kernels
