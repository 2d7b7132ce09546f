// Sums of two tensors, queued on a stream. Does not wait.
#pragma once

#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"

namespace lockstep::ops {

/// target ← target + source, element by element; one shape and element type, a float one.
void add(Stream& stream, const Tensor& source, const Tensor& target);

}  // namespace lockstep::ops
