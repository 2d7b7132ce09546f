// Fully connected layer, queued on a stream. Formulas: kernels/linear.hpp. x, dx [rows, in]; w, dw [out, in];
// bias, db [out]; y, dy [rows, out]; all of one element type. Does not wait.
#pragma once

#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"
#include "kernels/into.hpp"

namespace lockstep::ops {

/// An empty `bias` means none.
void linear_forward(Stream& stream, const Tensor& x, const Tensor& w, const Tensor& bias, const Tensor& y);
void linear_backward_input(Stream& stream, const Tensor& dy, const Tensor& w, const Tensor& dx);
void linear_backward_weight(Stream& stream, const Tensor& x, const Tensor& dy, const Tensor& dw, kernels::Into into);
void linear_backward_bias(Stream& stream, const Tensor& dy, const Tensor& db, kernels::Into into);

}  // namespace lockstep::ops
