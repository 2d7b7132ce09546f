// Activation functions, queued on a stream. Formulas: kernels/activation.hpp. Tensors of one shape and element type; y
// may be x and dx may be dy. Does not wait.
#pragma once

#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"

namespace lockstep::ops {

void relu_forward(Stream& stream, const Tensor& x, const Tensor& y);
void relu_backward(Stream& stream, const Tensor& y, const Tensor& dy, const Tensor& dx);
void tanh_forward(Stream& stream, const Tensor& x, const Tensor& y);
void tanh_backward(Stream& stream, const Tensor& y, const Tensor& dy, const Tensor& dx);

}  // namespace lockstep::ops
