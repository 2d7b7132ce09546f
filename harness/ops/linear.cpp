#include "harness/ops/linear.hpp"

#include "harness/ops/dispatch.hpp"
#include "kernels/cuda/linear.hpp"
#include "kernels/linear.hpp"

namespace lockstep::ops {
namespace {

kernels::LinearShape shape_of(const Tensor& rows_by_out, const Tensor& w) {
  return {.rows = rows_by_out.rows(), .in = w.row_size(), .out = w.rows()};
}

double product_flops(const kernels::LinearShape& shape) {
  return 2.0 * static_cast<double>(shape.rows) * static_cast<double>(shape.in) * static_cast<double>(shape.out);
}

constexpr auto linear_forward_body = []<typename T>(T, const Tensor& x, const Tensor& w, const Tensor& bias,
                                                    const Tensor& y, kernels::LinearShape shape, const auto&... queue) {
  const auto biases = bias.count() > 0 ? bias.values<const T>() : std::span<const T>{};
  kernels::linear_forward(queue..., x.values<const T>(), w.values<const T>(), biases, y.values<T>(), shape);
};

constexpr auto linear_backward_input_body = []<typename T>(T, const Tensor& dy, const Tensor& w, const Tensor& dx,
                                                           kernels::LinearShape shape, const auto&... queue) {
  kernels::linear_backward_input(queue..., dy.values<const T>(), w.values<const T>(), dx.values<T>(), shape);
};

constexpr auto linear_backward_weight_body = []<typename T>(T, const Tensor& x, const Tensor& dy, const Tensor& dw,
                                                            kernels::LinearShape shape, kernels::Into into,
                                                            const auto&... queue) {
  kernels::linear_backward_weight(queue..., x.values<const T>(), dy.values<const T>(), dw.values<T>(), shape, into);
};

constexpr auto linear_backward_bias_body = []<typename T>(T, const Tensor& dy, const Tensor& db,
                                                          kernels::LinearShape shape, kernels::Into into,
                                                          const auto&... queue) {
  kernels::linear_backward_bias(queue..., dy.values<const T>(), db.values<T>(), shape, into);
};

}  // namespace

void linear_forward(Stream& stream, const Tensor& x, const Tensor& w, const Tensor& bias, const Tensor& y) {
  const kernels::LinearShape shape = shape_of(y, w);
  run_by_dtype(stream, "linear_forward", {product_flops(shape), bytes_of(x, w, bias, y)}, y.dtype(),
               linear_forward_body, x, w, bias, y, shape);
}

void linear_backward_input(Stream& stream, const Tensor& dy, const Tensor& w, const Tensor& dx) {
  const kernels::LinearShape shape = shape_of(dy, w);
  run_by_dtype(stream, "linear_backward_input", {product_flops(shape), bytes_of(dy, w, dx)}, dy.dtype(),
               linear_backward_input_body, dy, w, dx, shape);
}

void linear_backward_weight(Stream& stream, const Tensor& x, const Tensor& dy, const Tensor& dw, kernels::Into into) {
  const kernels::LinearShape shape = shape_of(dy, dw);
  run_by_dtype(stream, "linear_backward_weight", {product_flops(shape), bytes_of(x, dy, dw)}, dy.dtype(),
               linear_backward_weight_body, x, dy, dw, shape, into);
}

void linear_backward_bias(Stream& stream, const Tensor& dy, const Tensor& db, kernels::Into into) {
  const kernels::LinearShape shape{.rows = dy.rows(), .in = 0, .out = db.count()};
  run_by_dtype(stream, "linear_backward_bias", {static_cast<double>(dy.count()), bytes_of(dy, db)}, dy.dtype(),
               linear_backward_bias_body, dy, db, shape, into);
}

}  // namespace lockstep::ops
