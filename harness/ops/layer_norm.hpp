// Layer normalisation, queued on a stream. Formulas: kernels/layer_norm.hpp. x, y, dy, dx […, width]; gamma, beta and
// their gradients [width]; statistics [2·count/width]; all of one element type, f32 or f64. Does not wait.
#pragma once

#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"
#include "kernels/into.hpp"

namespace lockstep::ops {

void layer_norm_forward(Stream& stream, const Tensor& x, const Tensor& gamma, const Tensor& beta,
                        const Tensor& statistics, const Tensor& y);
void layer_norm_backward_parameters(Stream& stream, const Tensor& x, const Tensor& dy, const Tensor& statistics,
                                    const Tensor& dgamma, const Tensor& dbeta, kernels::Into into);
void layer_norm_backward_input(Stream& stream, const Tensor& x, const Tensor& dy, const Tensor& statistics,
                               const Tensor& gamma, const Tensor& dx);

}  // namespace lockstep::ops
