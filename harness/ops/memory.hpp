// Clearing and copying tensors, queued on a stream. Does not wait.
#pragma once

#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"

namespace lockstep::ops {

/// Every element ← 0.
void zero(Stream& stream, const Tensor& tensor);
/// to ← from, which has as many bytes and no part in common with it.
void copy(Stream& stream, const Tensor& from, const Tensor& to);

}  // namespace lockstep::ops
