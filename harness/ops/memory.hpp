// Moving and clearing tensors on one device, queued on a stream. Do not wait.
#pragma once

#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"

namespace lockstep::ops {

/// Every element ← 0.
void zero(Stream& stream, const Tensor& tensor);
/// to ← from, of equal size in bytes.
void copy(Stream& stream, const Tensor& from, const Tensor& to);

}  // namespace lockstep::ops
