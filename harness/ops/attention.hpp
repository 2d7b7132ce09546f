// Causal attention, queued on a stream. Formulas and shapes: kernels/attention.hpp; all of one element type, f32 or
// f64. Does not wait.
#pragma once

#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"
#include "kernels/attention.hpp"

namespace lockstep::ops {

void attention_forward(Stream& stream, const Tensor& qkv, const Tensor& probabilities, const Tensor& y,
                       const kernels::AttentionShape& shape);
/// `probabilities` hold something else afterwards.
void attention_backward(Stream& stream, const Tensor& qkv, const Tensor& dy, const Tensor& probabilities,
                        const Tensor& scratch, const Tensor& dqkv, const kernels::AttentionShape& shape);

}  // namespace lockstep::ops
