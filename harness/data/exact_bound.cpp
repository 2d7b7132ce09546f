#include "harness/data/exact_bound.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "harness/base/error.hpp"

namespace lockstep {
namespace {

void require_integers(std::span<const double> values, const std::string& what) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]) || values[i] != std::trunc(values[i]))
      throw InputError{fmt::format("exact arithmetic: {} {} is {}, not an integer", what, i, values[i])};
}

void require_well_formed(std::span<const ExactLayer> layers, const ExactBatch& batch) {
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
    require_integers(layer.weights, fmt::format("layer {}: weight", index));
    require_integers(layer.bias, fmt::format("layer {}: bias", index));
  }
  const std::size_t outputs = layers.back().outputs;
  require(batch.inputs.size() == batch.rows * layers.front().inputs && batch.targets.size() == batch.rows * outputs,
          "exact arithmetic: {} inputs and {} targets for {} rows", batch.inputs.size(), batch.targets.size(),
          batch.rows);
  require_integers(batch.inputs, "input");
  require_integers(batch.targets, "target");
  if (!std::has_single_bit(batch.rows) || !std::has_single_bit(outputs))
    throw InputError{fmt::format(
        "exact arithmetic: the mean over a batch of {} with {} outputs rounds unless both are powers of two",
        batch.rows, outputs)};
}

/// A sum and what bounds it in any order.
struct Sum {
  double value = 0;
  double magnitude = 0;  // Σ|terms|

  void add(double term) {
    value += term;
    magnitude += std::fabs(term);
  }
};

/// W·x + b; raises `largest` to the largest magnitude of its sums.
std::vector<double> outputs_of(const ExactLayer& layer, std::span<const double> x, double& largest) {
  std::vector<double> y;
  for (std::size_t out = 0; out < layer.outputs; ++out) {
    Sum sum;
    if (!layer.bias.empty()) sum.add(layer.bias[out]);
    for (std::size_t in = 0; in < layer.inputs; ++in) sum.add(layer.weights[out * layer.inputs + in] * x[in]);
    largest = std::max(largest, sum.magnitude);
    y.push_back(sum.value);
  }
  return y;
}

/// Wᵀ·dy; raises `largest` likewise.
std::vector<double> input_gradients_of(const ExactLayer& layer, std::span<const double> dy, double& largest) {
  std::vector<double> dx;
  for (std::size_t in = 0; in < layer.inputs; ++in) {
    Sum sum;
    for (std::size_t out = 0; out < layer.outputs; ++out) sum.add(layer.weights[out * layer.inputs + in] * dy[out]);
    largest = std::max(largest, sum.magnitude);
    dx.push_back(sum.value);
  }
  return dx;
}

/// Σ|terms| of every parameter's gradient over the rows seen so far.
class ParameterGradients {
 public:
  explicit ParameterGradients(std::span<const ExactLayer> layers) {
    for (const ExactLayer& layer : layers) {
      weights_.emplace_back(layer.weights.size());
      bias_.emplace_back(layer.outputs);
    }
  }
  void add(std::size_t layer, std::span<const double> x, std::span<const double> dy) {
    for (std::size_t out = 0; out < dy.size(); ++out) {
      bias_[layer][out] += std::fabs(dy[out]);
      for (std::size_t in = 0; in < x.size(); ++in) weights_[layer][out * x.size() + in] += std::fabs(dy[out] * x[in]);
    }
  }
  [[nodiscard]] double largest() const {
    double largest = 0;
    for (const auto& values : weights_) largest = std::max(largest, std::ranges::max(values));
    for (const auto& values : bias_) largest = std::max(largest, std::ranges::max(values));
    return largest;
  }

 private:
  std::vector<std::vector<double>> weights_;
  std::vector<std::vector<double>> bias_;
};

}  // namespace

ExactBound exact_bound(std::span<const ExactLayer> layers, ExactActivation activation, const ExactBatch& batch) {
  require_well_formed(layers, batch);
  const std::size_t outputs = layers.back().outputs;
  ExactBound bound;
  ParameterGradients parameters{layers};
  for (std::size_t row = 0; row < batch.rows; ++row) {
    const auto input = batch.inputs.subspan(row * layers.front().inputs, layers.front().inputs);
    std::vector<std::vector<double>> activations{{input.begin(), input.end()}};
    for (std::size_t index = 0; index < layers.size(); ++index) {
      activations.push_back(outputs_of(layers[index], activations.back(), bound.activation));
      if (activation == ExactActivation::relu && index + 1 < layers.size())
        for (double& value : activations.back()) value = std::max(value, 0.0);
    }
    std::vector<double> gradient;  // d (output − target)² / d output
    for (std::size_t out = 0; out < outputs; ++out) {
      const double target = batch.targets[row * outputs + out];
      gradient.push_back(2 * (activations.back()[out] - target));
      bound.activation_gradient =
          std::max(bound.activation_gradient, 2 * (std::fabs(activations.back()[out]) + std::fabs(target)));
    }
    for (std::size_t index = layers.size(); index-- > 0;) {
      parameters.add(index, activations[index], gradient);
      gradient = input_gradients_of(layers[index], gradient, bound.activation_gradient);
      if (activation == ExactActivation::relu && index > 0)
        for (std::size_t in = 0; in < gradient.size(); ++in)
          gradient[in] = activations[index][in] > 0 ? gradient[in] : 0;
    }
  }
  bound.parameter_gradient = parameters.largest();
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
