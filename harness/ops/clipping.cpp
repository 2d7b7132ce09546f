#include "harness/ops/clipping.hpp"

#include "harness/ops/dispatch.hpp"
#include "kernels/clipping.hpp"
#include "kernels/cuda/clipping.hpp"

namespace lockstep::ops {
namespace {

constexpr auto factor_body = []<typename T>(T, const Tensor& gradients, double max_norm, const Tensor& result,
                                            const auto&... queue) {
  kernels::clip_factor(queue..., gradients.values<const T>(), max_norm, result.values<double>());
};

constexpr auto apply_body = []<typename T>(T, const Tensor& gradients, const Tensor& norm_and_factor,
                                           const auto&... queue) {
  kernels::apply_factor(queue..., gradients.values<T>(), norm_and_factor.values<const double>());
};

}  // namespace

void clip_factor(Stream& stream, const Tensor& gradients, double max_norm, const Tensor& norm_and_factor) {
  run_by_dtype(stream, "clip_factor", {2 * static_cast<double>(gradients.count()), bytes_of(gradients)},
               gradients.dtype(), factor_body, gradients, max_norm, norm_and_factor);
}

void apply_factor(Stream& stream, const Tensor& gradients, const Tensor& norm_and_factor) {
  run_by_dtype(stream, "apply_factor", {static_cast<double>(gradients.count()), bytes_of(gradients, gradients)},
               gradients.dtype(), apply_body, gradients, norm_and_factor);
}

}  // namespace lockstep::ops
