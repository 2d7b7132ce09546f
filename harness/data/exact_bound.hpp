// When is a training step free of rounding? When all numbers are integers and no sum of them can reach 2^24, float32's
// last integer without a gap. Then any order, split or algorithm gives the same bits.
#pragma once

#include <cstddef>
#include <span>

namespace lockstep {

/// y = W·x + b of a multilayer perceptron.
struct ExactLayer {
  std::size_t outputs;
  std::size_t inputs;
  std::span<const double> weights;  // [outputs, inputs]
  std::span<const double> bias;     // [outputs], or empty
};

/// What stands between the layers.
enum class ExactActivation { relu, none };

/// A global batch, row by row.
struct ExactBatch {
  std::size_t rows;
  std::span<const double> inputs;   // [rows, inputs of the first layer]
  std::span<const double> targets;  // [rows, outputs of the last layer]
};

/// The largest Σ|terms| over every sum of one training step, in units of its last binary digit: 1 forward,
/// 1/(rows·outputs) backward, where the loss is the mean over all elements of (output − target)².
struct ExactBound {
  double activation = 0;           // any W·x + b
  double activation_gradient = 0;  // any gradient of a layer's output
  double parameter_gradient = 0;   // any gradient of a weight or bias, summed over the global batch
};

/// The bound of one step from these weights on this batch: no order or split of its sums can exceed it. Throws
/// InputError when a number is no integer or rows·outputs no power of two: then nothing is exact.
ExactBound exact_bound(std::span<const ExactLayer> layers, ExactActivation activation, const ExactBatch& batch);

/// Throws InputError with the numbers unless every bound is below 2^24.
void require_representable(const ExactBound& bound);

}  // namespace lockstep
