// When is a training step free of rounding? When all numbers are integers and no sum of them can reach 2^24, float32's
// last integer without a gap. Then any order, split or algorithm gives the same bits.
#pragma once

#include <cstddef>
#include <span>

namespace lockstep {

/// y = W·x + b of a multilayer perceptron with ReLU or nothing in between.
struct ExactLayer {
  std::size_t outputs;
  std::size_t inputs;
  std::span<const double> weights;  // [outputs, inputs]
  std::span<const double> bias;     // [outputs], or empty
};

/// Upper bounds of Σ|terms| over every sum of the first step, in units of its last binary digit: 1 forward,
/// 1/(batch·outputs) backward, where the loss is the mean over all elements of (output − target)².
struct ExactBound {
  double activation;           // any W·x + b
  double activation_gradient;  // any gradient of a layer's output
  double parameter_gradient;   // any gradient of a weight or bias, summed over the global batch
};

/// Bounds a first step with |input| ≤ `largest_input`, |target| ≤ `largest_target` and a global batch of `batch`
/// samples. Throws InputError when a weight is no integer or batch·outputs no power of two: then nothing is exact.
ExactBound exact_bound(std::span<const ExactLayer> layers, double largest_input, double largest_target,
                       std::size_t batch);

/// Throws InputError with the numbers unless every bound is below 2^24.
void require_representable(const ExactBound& bound);

}  // namespace lockstep
