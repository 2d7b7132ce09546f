// The losses: means over the global batch, so that the parts of all devices add up to it.
#pragma once

#include <cstddef>
#include <string_view>

#include "harness/device/tensor.hpp"
#include "kernels/into.hpp"

namespace lockstep {

enum class Loss {
  cross_entropy,  // mean over the predictions of −log softmax(output)[label]; targets i32 [rows, …]
  mse,            // mean over all elements of (output − target)²; targets like the outputs
};

/// How many predictions a sample has: one for each class distribution, the last dimension of its output.
std::size_t predictions_of(const Shape& output);

/// What a sum over one device's rows is multiplied by: 1/(global_rows · predictions), for mse 1/(global_rows ·
/// elements) of a sample's output.
double loss_scale(Loss loss, std::size_t global_rows, const Shape& output);

/// Queues this device's part of the loss into loss [1] of f64, and the gradient of the global loss by its outputs,
/// which is overwritten. outputs, doutputs [rows, …output].
void compute_loss(Stream& stream, Loss kind, const Tensor& outputs, const Tensor& targets, double scale,
                  const Tensor& loss, const Tensor& doutputs, kernels::Into into);

}  // namespace lockstep
