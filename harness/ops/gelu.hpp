// The Gaussian error linear unit, queued on a stream. Formula: kernels/gelu.hpp. All of one shape and element type, f32
// or f64. Does not wait.
#pragma once

#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"

namespace lockstep::ops {

void gelu_forward(Stream& stream, const Tensor& x, const Tensor& y);
void gelu_backward(Stream& stream, const Tensor& x, const Tensor& dy, const Tensor& dx);

}  // namespace lockstep::ops
