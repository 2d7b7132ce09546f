#include "harness/data/exact_bound.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "harness/base/error.hpp"

namespace lockstep {
namespace {

void require_integers(std::span<const double> values, std::size_t layer, const char* what) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]) || values[i] != std::trunc(values[i]))
      throw InputError{
          fmt::format("exact arithmetic: layer {}: {} {} is {}, not an integer", layer, what, i, values[i])};
}

void require_well_formed(std::span<const ExactLayer> layers, std::size_t batch) {
  require(!layers.empty(), "exact arithmetic: no layers");
  for (std::size_t index = 0; index < layers.size(); ++index) {
    const ExactLayer& layer = layers[index];
    require(layer.weights.size() == layer.outputs * layer.inputs, "exact arithmetic: layer {}: {} weights for {} x {}",
            index, layer.weights.size(), layer.outputs, layer.inputs);
    require(layer.bias.empty() || layer.bias.size() == layer.outputs,
            "exact arithmetic: layer {}: {} biases for {} outputs", index, layer.bias.size(), layer.outputs);
    require(index == 0 || layer.inputs == layers[index - 1].outputs,
            "exact arithmetic: layer {} has {} inputs after {} outputs", index, layer.inputs,
            layers[index > 0 ? index - 1 : 0].outputs);
    require_integers(layer.weights, index, "weight");
    require_integers(layer.bias, index, "bias");
  }
  const std::size_t outputs = layers.back().outputs;
  if (!std::has_single_bit(batch) || !std::has_single_bit(outputs))
    throw InputError{fmt::format(
        "exact arithmetic: the mean over a batch of {} with {} outputs rounds unless both are powers of two", batch,
        outputs)};
}

/// The largest |W·x + b| for |x| ≤ `input`.
double largest_output(const ExactLayer& layer, double input) {
  double largest = 0;
  for (std::size_t out = 0; out < layer.outputs; ++out) {
    double sum = layer.bias.empty() ? 0 : std::abs(layer.bias[out]);
    for (std::size_t in = 0; in < layer.inputs; ++in) sum += std::abs(layer.weights[out * layer.inputs + in]) * input;
    largest = std::max(largest, sum);
  }
  return largest;
}

/// The largest |Wᵀ·dy| for |dy| ≤ `gradient`.
double largest_input_gradient(const ExactLayer& layer, double gradient) {
  double largest = 0;
  for (std::size_t in = 0; in < layer.inputs; ++in) {
    double sum = 0;
    for (std::size_t out = 0; out < layer.outputs; ++out)
      sum += std::abs(layer.weights[out * layer.inputs + in]) * gradient;
    largest = std::max(largest, sum);
  }
  return largest;
}

}  // namespace

ExactBound exact_bound(std::span<const ExactLayer> layers, double largest_input, double largest_target,
                       std::size_t batch) {
  require_well_formed(layers, batch);
  std::vector<double> activations{largest_input};
  for (const ExactLayer& layer : layers) activations.push_back(largest_output(layer, activations.back()));

  ExactBound bound{.activation = std::ranges::max(activations), .activation_gradient = 0, .parameter_gradient = 0};
  double gradient = 2 * (activations.back() + largest_target);  // d(output − target)² / d output
  for (std::size_t index = layers.size(); index-- > 0;) {
    // The factor of a weight's gradient is the layer's input, of a bias' gradient 1.
    const double factor = std::max(activations[index], 1.0);
    bound.activation_gradient = std::max(bound.activation_gradient, gradient);
    bound.parameter_gradient = std::max(bound.parameter_gradient, static_cast<double>(batch) * gradient * factor);
    gradient = largest_input_gradient(layers[index], gradient);
  }
  return bound;
}

void require_representable(const ExactBound& bound) {
  constexpr double limit = 0x1p24;
  const bool representable =
      bound.activation < limit && bound.activation_gradient < limit && bound.parameter_gradient < limit;
  if (!representable)
    throw InputError{fmt::format(
        "exact arithmetic: sums may reach {:.0f} in activations, {:.0f} in their gradients and {:.0f} in parameter "
        "gradients, in units of the last digit; float32 is exact below {:.0f}",
        bound.activation, bound.activation_gradient, bound.parameter_gradient, limit)};
}

}  // namespace lockstep
