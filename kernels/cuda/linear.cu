#include "kernels/check.hpp"
#include "kernels/cuda/bodies/linear.cuh"
#include "kernels/cuda/gemm.hpp"
#include "kernels/cuda/launch.hpp"
#include "kernels/cuda/linear.hpp"

namespace lockstep::kernels {
namespace {

template <typename T>
void forward(const CudaQueue& queue, std::span<const T> x, std::span<const T> w, std::span<const T> bias,
             std::span<T> y, LinearShape shape) {
  check_size("linear_forward", "y", y.size(), shape.rows * shape.out);
  if (!bias.empty()) check_size("linear_forward", "bias", bias.size(), shape.out);
  if (!bias.empty() && !y.empty()) {
    device::fill_rows<<<cuda::grid_for(y.size()), cuda::block_threads, 0, queue.stream>>>(bias.data(), y.data(),
                                                                                          shape.out, y.size());
    cuda::check_launch("linear_forward");
  }
  gemm(queue, Transpose::no, Transpose::yes, shape.rows, shape.out, shape.in, x, w,
       bias.empty() ? Into::overwrite : Into::add, y);
}

template <typename T>
void backward_bias(const CudaQueue& queue, std::span<const T> dy, std::span<T> db, LinearShape shape, Into into) {
  check_size("linear_backward_bias", "dy", dy.size(), shape.rows * shape.out);
  check_size("linear_backward_bias", "db", db.size(), shape.out);
  if (db.empty()) return;
  const auto blocks = static_cast<unsigned>((shape.out + device::sum_columns - 1) / device::sum_columns);
  device::sum_rows<<<blocks, dim3{device::sum_columns, device::sum_lanes}, 0, queue.stream>>>(
      dy.data(), db.data(), shape.rows, shape.out, into == Into::add);
  cuda::check_launch("linear_backward_bias");
}

}  // namespace

void linear_forward(const CudaQueue& queue, std::span<const float> x, std::span<const float> w,
                    std::span<const float> bias, std::span<float> y, LinearShape shape) {
  forward(queue, x, w, bias, y, shape);
}
void linear_forward(const CudaQueue& queue, std::span<const double> x, std::span<const double> w,
                    std::span<const double> bias, std::span<double> y, LinearShape shape) {
  forward(queue, x, w, bias, y, shape);
}
void linear_forward(const CudaQueue& queue, std::span<const BFloat16> x, std::span<const BFloat16> w,
                    std::span<const BFloat16> bias, std::span<BFloat16> y, LinearShape shape) {
  forward(queue, x, w, bias, y, shape);
}

void linear_backward_input(const CudaQueue& queue, std::span<const float> dy, std::span<const float> w,
                           std::span<float> dx, LinearShape shape) {
  gemm(queue, Transpose::no, Transpose::no, shape.rows, shape.in, shape.out, dy, w, Into::overwrite, dx);
}
void linear_backward_input(const CudaQueue& queue, std::span<const double> dy, std::span<const double> w,
                           std::span<double> dx, LinearShape shape) {
  gemm(queue, Transpose::no, Transpose::no, shape.rows, shape.in, shape.out, dy, w, Into::overwrite, dx);
}
void linear_backward_input(const CudaQueue& queue, std::span<const BFloat16> dy, std::span<const BFloat16> w,
                           std::span<BFloat16> dx, LinearShape shape) {
  gemm(queue, Transpose::no, Transpose::no, shape.rows, shape.in, shape.out, dy, w, Into::overwrite, dx);
}

void linear_backward_weight(const CudaQueue& queue, std::span<const float> x, std::span<const float> dy,
                            std::span<float> dw, LinearShape shape, Into into) {
  gemm(queue, Transpose::yes, Transpose::no, shape.out, shape.in, shape.rows, dy, x, into, dw);
}
void linear_backward_weight(const CudaQueue& queue, std::span<const double> x, std::span<const double> dy,
                            std::span<double> dw, LinearShape shape, Into into) {
  gemm(queue, Transpose::yes, Transpose::no, shape.out, shape.in, shape.rows, dy, x, into, dw);
}
void linear_backward_weight(const CudaQueue& queue, std::span<const BFloat16> x, std::span<const BFloat16> dy,
                            std::span<BFloat16> dw, LinearShape shape, Into into) {
  gemm(queue, Transpose::yes, Transpose::no, shape.out, shape.in, shape.rows, dy, x, into, dw);
}

void linear_backward_bias(const CudaQueue& queue, std::span<const float> dy, std::span<float> db, LinearShape shape,
                          Into into) {
  backward_bias(queue, dy, db, shape, into);
}
void linear_backward_bias(const CudaQueue& queue, std::span<const double> dy, std::span<double> db, LinearShape shape,
                          Into into) {
  backward_bias(queue, dy, db, shape, into);
}
void linear_backward_bias(const CudaQueue& queue, std::span<const BFloat16> dy, std::span<BFloat16> db,
                          LinearShape shape, Into into) {
  backward_bias(queue, dy, db, shape, into);
}

}  // namespace lockstep::kernels
