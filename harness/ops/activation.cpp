#include "harness/ops/activation.hpp"

#include "harness/ops/dispatch.hpp"
#include "kernels/activation.hpp"

namespace lockstep::ops {
namespace {

/// Floating-point operations of one tanh, by its polynomial; for the cost model only.
constexpr double tanh_flops = 20;

}  // namespace

void relu_forward(Stream& stream, const Tensor& x, const Tensor& y) {
  run_by_dtype(stream, "relu_forward", {static_cast<double>(x.count()), bytes_of(x, y)}, x.dtype(),
               [=]<typename T>(T) { kernels::relu_forward(x.values<const T>(), y.values<T>()); });
}

void relu_backward(Stream& stream, const Tensor& y, const Tensor& dy, const Tensor& dx) {
  run_by_dtype(
      stream, "relu_backward", {static_cast<double>(y.count()), bytes_of(y, dy, dx)}, y.dtype(),
      [=]<typename T>(T) { kernels::relu_backward(y.values<const T>(), dy.values<const T>(), dx.values<T>()); });
}

void tanh_forward(Stream& stream, const Tensor& x, const Tensor& y) {
  run_by_dtype(stream, "tanh_forward", {tanh_flops * static_cast<double>(x.count()), bytes_of(x, y)}, x.dtype(),
               [=]<typename T>(T) { kernels::tanh_forward(x.values<const T>(), y.values<T>()); });
}

void tanh_backward(Stream& stream, const Tensor& y, const Tensor& dy, const Tensor& dx) {
  run_by_dtype(
      stream, "tanh_backward", {3 * static_cast<double>(y.count()), bytes_of(y, dy, dx)}, y.dtype(),
      [=]<typename T>(T) { kernels::tanh_backward(y.values<const T>(), dy.values<const T>(), dx.values<T>()); });
}

}  // namespace lockstep::ops
