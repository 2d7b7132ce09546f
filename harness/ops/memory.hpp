// Clearing tensors, queued on a stream. Does not wait.
#pragma once

#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"

namespace lockstep::ops {

/// Every element ← 0.
void zero(Stream& stream, const Tensor& tensor);

}  // namespace lockstep::ops
