#include "harness/ops/activation.hpp"

#include "harness/ops/dispatch.hpp"
#include "kernels/activation.hpp"
#include "kernels/cuda/activation.hpp"

namespace lockstep::ops {
namespace {

/// Floating-point operations of one tanh, by its polynomial; for the cost model only.
constexpr double tanh_flops = 20;

constexpr auto relu_forward_body = []<typename T>(T, const Tensor& x, const Tensor& y, const auto&... queue) {
  kernels::relu_forward(queue..., x.values<const T>(), y.values<T>());
};

constexpr auto relu_backward_body = []<typename T>(T, const Tensor& y, const Tensor& dy, const Tensor& dx,
                                                   const auto&... queue) {
  kernels::relu_backward(queue..., y.values<const T>(), dy.values<const T>(), dx.values<T>());
};

constexpr auto tanh_forward_body = []<typename T>(T, const Tensor& x, const Tensor& y, const auto&... queue) {
  kernels::tanh_forward(queue..., x.values<const T>(), y.values<T>());
};

constexpr auto tanh_backward_body = []<typename T>(T, const Tensor& y, const Tensor& dy, const Tensor& dx,
                                                   const auto&... queue) {
  kernels::tanh_backward(queue..., y.values<const T>(), dy.values<const T>(), dx.values<T>());
};

}  // namespace

void relu_forward(Stream& stream, const Tensor& x, const Tensor& y) {
  run_by_dtype(stream, "relu_forward", {static_cast<double>(x.count()), bytes_of(x, y)}, x.dtype(), relu_forward_body,
               x, y);
}

void relu_backward(Stream& stream, const Tensor& y, const Tensor& dy, const Tensor& dx) {
  run_by_dtype(stream, "relu_backward", {static_cast<double>(y.count()), bytes_of(y, dy, dx)}, y.dtype(),
               relu_backward_body, y, dy, dx);
}

void tanh_forward(Stream& stream, const Tensor& x, const Tensor& y) {
  run_by_dtype(stream, "tanh_forward", {tanh_flops * static_cast<double>(x.count()), bytes_of(x, y)}, x.dtype(),
               tanh_forward_body, x, y);
}

void tanh_backward(Stream& stream, const Tensor& y, const Tensor& dy, const Tensor& dx) {
  run_by_dtype(stream, "tanh_backward", {3 * static_cast<double>(y.count()), bytes_of(y, dy, dx)}, y.dtype(),
               tanh_backward_body, y, dy, dx);
}

}  // namespace lockstep::ops
