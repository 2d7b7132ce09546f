// Dropout, queued on a stream. Formula: kernels/dropout.hpp. Does not wait.
#pragma once

#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"
#include "kernels/dropout.hpp"

namespace lockstep::ops {

/// x, y of one shape and element type, f32 or f64; y may be x.
void dropout(Stream& stream, const Tensor& x, const Tensor& y, const kernels::DropoutMask& mask);

}  // namespace lockstep::ops
