// Losses and accuracy, queued on a stream. Formulas: kernels/losses.hpp. `into` is about the loss only. Do not wait.
#pragma once

#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"
#include "kernels/into.hpp"

namespace lockstep::ops {

/// logits, dlogits [rows, classes]; labels [rows] of i32; loss [1] of f64.
void softmax_cross_entropy(Stream& stream, const Tensor& logits, const Tensor& labels, double scale, const Tensor& loss,
                           const Tensor& dlogits, kernels::Into into);
/// outputs, targets, doutputs of one shape and element type; loss [1] of f64.
void mean_squared_error(Stream& stream, const Tensor& outputs, const Tensor& targets, double scale, const Tensor& loss,
                        const Tensor& doutputs, kernels::Into into);
/// Adds the number of rows whose label has the largest logit to correct, [1] of i32.
void add_correct(Stream& stream, const Tensor& logits, const Tensor& labels, const Tensor& correct);

}  // namespace lockstep::ops
