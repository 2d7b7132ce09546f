#include "harness/ops/gelu.hpp"

#include "harness/ops/dispatch.hpp"
#include "kernels/cuda/gelu.hpp"
#include "kernels/gelu.hpp"

namespace lockstep::ops {
namespace {

constexpr auto forward_body = []<typename T>(T, const Tensor& x, const Tensor& y, const auto&... queue) {
  kernels::gelu_forward(queue..., x.values<const T>(), y.values<T>());
};

constexpr auto backward_body = []<typename T>(T, const Tensor& x, const Tensor& dy, const Tensor& dx,
                                              const auto&... queue) {
  kernels::gelu_backward(queue..., x.values<const T>(), dy.values<const T>(), dx.values<T>());
};

}  // namespace

void gelu_forward(Stream& stream, const Tensor& x, const Tensor& y) {
  run_by_wide_dtype(stream, "gelu_forward", {8 * static_cast<double>(x.count()), bytes_of(x, y)}, x.dtype(),
                    forward_body, x, y);
}

void gelu_backward(Stream& stream, const Tensor& x, const Tensor& dy, const Tensor& dx) {
  run_by_wide_dtype(stream, "gelu_backward", {16 * static_cast<double>(x.count()), bytes_of(x, dy, dx)}, x.dtype(),
                    backward_body, x, dy, dx);
}

}  // namespace lockstep::ops
