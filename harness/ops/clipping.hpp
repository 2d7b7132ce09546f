// Clipping of gradients by their norm, queued on a stream. Formulas: kernels/clipping.hpp. Do not wait.
#pragma once

#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"

namespace lockstep::ops {

/// norm_and_factor: [2] of f64.
void clip_factor(Stream& stream, const Tensor& gradients, double max_norm, const Tensor& norm_and_factor);
void apply_factor(Stream& stream, const Tensor& gradients, const Tensor& norm_and_factor);

}  // namespace lockstep::ops
