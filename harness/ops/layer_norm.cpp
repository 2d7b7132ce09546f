#include "harness/ops/layer_norm.hpp"

#include "harness/ops/dispatch.hpp"
#include "kernels/cuda/layer_norm.hpp"
#include "kernels/layer_norm.hpp"

namespace lockstep::ops {
namespace {

constexpr auto forward_body = []<typename T>(T, const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                             const Tensor& statistics, const Tensor& y, const auto&... queue) {
  kernels::layer_norm_forward(queue..., x.values<const T>(), gamma.values<const T>(), beta.values<const T>(),
                              statistics.values<T>(), y.values<T>());
};

constexpr auto parameters_body = []<typename T>(T, const Tensor& x, const Tensor& dy, const Tensor& statistics,
                                                const Tensor& dgamma, const Tensor& dbeta, kernels::Into into,
                                                const auto&... queue) {
  kernels::layer_norm_backward_parameters(queue..., x.values<const T>(), dy.values<const T>(),
                                          statistics.values<const T>(), dgamma.values<T>(), dbeta.values<T>(), into);
};

constexpr auto input_body = []<typename T>(T, const Tensor& x, const Tensor& dy, const Tensor& statistics,
                                           const Tensor& gamma, const Tensor& dx, const auto&... queue) {
  kernels::layer_norm_backward_input(queue..., x.values<const T>(), dy.values<const T>(), statistics.values<const T>(),
                                     gamma.values<const T>(), dx.values<T>());
};

/// A few operations for each element; for the cost model only.
double flops_of(double operations, const Tensor& elements) {
  return operations * static_cast<double>(elements.count());
}

}  // namespace

void layer_norm_forward(Stream& stream, const Tensor& x, const Tensor& gamma, const Tensor& beta,
                        const Tensor& statistics, const Tensor& y) {
  run_by_wide_dtype(stream, "layer_norm_forward", {flops_of(7, x), bytes_of(x, y)}, x.dtype(), forward_body, x, gamma,
                    beta, statistics, y);
}

void layer_norm_backward_parameters(Stream& stream, const Tensor& x, const Tensor& dy, const Tensor& statistics,
                                    const Tensor& dgamma, const Tensor& dbeta, kernels::Into into) {
  run_by_wide_dtype(stream, "layer_norm_backward_parameters", {flops_of(5, x), bytes_of(x, dy)}, x.dtype(),
                    parameters_body, x, dy, statistics, dgamma, dbeta, into);
}

void layer_norm_backward_input(Stream& stream, const Tensor& x, const Tensor& dy, const Tensor& statistics,
                               const Tensor& gamma, const Tensor& dx) {
  run_by_wide_dtype(stream, "layer_norm_backward_input", {flops_of(12, x), bytes_of(x, dy, dx)}, x.dtype(), input_body,
                    x, dy, statistics, gamma, dx);
}

}  // namespace lockstep::ops
