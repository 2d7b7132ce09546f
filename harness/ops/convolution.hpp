// Convolution, queued on a stream. Formulas and shapes: kernels/convolution.hpp. All tensors of one element type;
// `scratch` has the elements of ConvolutionShape::scratch() and must not be in use by another stream. Does not wait.
#pragma once

#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"
#include "kernels/convolution.hpp"

namespace lockstep::ops {

void convolution_forward(Stream& stream, const Tensor& x, const Tensor& w, const Tensor& y,
                         const kernels::ConvolutionShape& shape, const Tensor& scratch);
void convolution_backward_input(Stream& stream, const Tensor& dy, const Tensor& w, const Tensor& dx,
                                const kernels::ConvolutionShape& shape, const Tensor& scratch);
void convolution_backward_weight(Stream& stream, const Tensor& x, const Tensor& dy, const Tensor& dw,
                                 const kernels::ConvolutionShape& shape, kernels::Into into, const Tensor& scratch);

}  // namespace lockstep::ops
