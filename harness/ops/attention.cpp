#include "harness/ops/attention.hpp"

#include "harness/ops/dispatch.hpp"
#include "kernels/cuda/attention.hpp"

namespace lockstep::ops {
namespace {

constexpr auto forward_body = []<typename T>(T, const Tensor& qkv, const Tensor& probabilities, const Tensor& y,
                                             kernels::AttentionShape shape, const auto&... queue) {
  kernels::attention_forward(queue..., qkv.values<const T>(), probabilities.values<T>(), y.values<T>(), shape);
};

constexpr auto backward_body = []<typename T>(T, const Tensor& qkv, const Tensor& dy, const Tensor& probabilities,
                                              const Tensor& scratch, const Tensor& dqkv, kernels::AttentionShape shape,
                                              const auto&... queue) {
  kernels::attention_backward(queue..., qkv.values<const T>(), dy.values<const T>(), probabilities.values<T>(),
                              scratch.values<T>(), dqkv.values<T>(), shape);
};

/// Of one product of [positions, positions] with [positions, d] in every head, whose later positions are left out.
double product_flops(const kernels::AttentionShape& shape) {
  return static_cast<double>(shape.count()) * static_cast<double>(shape.positions + 1);
}

}  // namespace

void attention_forward(Stream& stream, const Tensor& qkv, const Tensor& probabilities, const Tensor& y,
                       const kernels::AttentionShape& shape) {
  run_by_wide_dtype(stream, "attention_forward", {2 * product_flops(shape), bytes_of(qkv, probabilities, y)}, y.dtype(),
                    forward_body, qkv, probabilities, y, shape);
}

void attention_backward(Stream& stream, const Tensor& qkv, const Tensor& dy, const Tensor& probabilities,
                        const Tensor& scratch, const Tensor& dqkv, const kernels::AttentionShape& shape) {
  run_by_wide_dtype(stream, "attention_backward", {4 * product_flops(shape), bytes_of(qkv, dy, probabilities, dqkv)},
                    dy.dtype(), backward_body, qkv, dy, probabilities, scratch, dqkv, shape);
}

}  // namespace lockstep::ops
