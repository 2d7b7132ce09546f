#include "harness/measure/exact_bound.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/error.hpp"

namespace lockstep {
namespace {

void require_integers(std::span<const double> values, const std::string& what) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]) || values[i] != std::trunc(values[i]))
      throw InputError{fmt::format("exact arithmetic: {} {} is {}, not an integer", what, i, values[i])};
}

void require_well_formed(const Architecture& network, std::span<const double> parameters, const ExactBatch& batch) {
  const std::size_t outputs = count_of(network.output_shape());
  require(parameters.size() == count_of(network.parameter_specs()),
          "exact arithmetic: {} parameters for a network of {}", parameters.size(),
          count_of(network.parameter_specs()));
  require(batch.inputs.size() == batch.rows * count_of(network.sample) && batch.targets.size() == batch.rows * outputs,
          "exact arithmetic: {} inputs and {} targets for {} rows", batch.inputs.size(), batch.targets.size(),
          batch.rows);
  require_integers(parameters, "parameter");
  require_integers(batch.inputs, "input");
  require_integers(batch.targets, "target");
  if (!std::has_single_bit(batch.rows) || !std::has_single_bit(outputs))
    throw InputError{fmt::format(
        "exact arithmetic: the mean over a batch of {} with {} outputs rounds unless both are powers of two",
        batch.rows, outputs)};
}

/// A tensor's numbers and the power of two of which they, and all partial sums that led to them, are multiples.
struct Exact {
  Tensor values;
  double unit = 1;
};

double largest(const Tensor& tensor) {
  double most = 0;
  for (const double value : tensor.values<const double>()) most = std::max(most, std::fabs(value));
  return most;
}

/// A network's step in double, layer by layer: its numbers, and beside each sum the sum of its terms' magnitudes.
class ExactStep {
 public:
  ExactStep(Device& device, const Architecture& network, std::span<const double> parameters, std::size_t rows)
      : device_{device},
        stream_{device.make_compute_stream()},
        network_{network},
        shapes_{network.value_shapes()},
        rows_{rows},
        actual_{device, DType::f64, network.parameter_specs()},
        magnitude_{device, DType::f64, network.parameter_specs()},
        scratch_{device, DType::f64, {network.scratch()}, Use::workspace} {
    std::ranges::copy(parameters, actual_.values().values<double>().begin());
    std::ranges::transform(parameters, magnitude_.values().values<double>().begin(),
                           [](double value) { return std::fabs(value); });
  }

  /// Returns the outputs; raises bound.activation.
  const Exact& forward(std::span<const double> inputs, ExactBound& bound) {
    values_.push_back({.values = tensor_of(0)});
    std::ranges::copy(inputs, values_[0].values.values<double>().begin());
    std::size_t first = 0;
    for (std::size_t node = 0; node < network_.nodes.size(); ++node) {
      const auto& [layer, takes, owner] = network_.nodes[node];
      const Layer::Exactness exactness = exactness_of(*layer);
      std::vector<Tensor> actual, magnitude;
      double unit = 1;
      for (const std::size_t value : takes) {
        actual.push_back(values_[value].values);
        magnitude.push_back(magnitudes_of(values_[value].values));
        unit = std::min(unit, values_[value].unit);
      }
      unit *= exactness.unit;
      const Tensor y = tensor_of(node + 1);
      run_forward(*layer, actual_, first, actual, y);
      if (exactness.sums) {
        const Tensor terms = tensor_of(node + 1);
        run_forward(*layer, magnitude_, first, magnitude, terms);
        bound.activation = std::max(bound.activation, largest(terms) / unit);
      }
      values_.push_back({y, unit});
      first += layer->parameter_specs().size();
    }
    return values_.back();
  }

  /// From the gradient of the outputs; raises the other two bounds.
  void backward(Exact doutputs, ExactBound& bound) {
    std::vector<std::optional<Exact>> gradients(values_.size());
    gradients.back() = std::move(doutputs);
    std::size_t end = actual_.all().size();
    for (std::size_t node = network_.nodes.size(); node-- > 0;) {
      const auto& [layer, takes, owner] = network_.nodes[node];
      end -= layer->parameter_specs().size();
      const Exact& dy = gradients[node + 1].value();
      if (layer->passes_gradient()) {
        for (const std::size_t value : takes) give(gradients[value], dy, bound);
        continue;
      }
      const std::size_t value = takes.front();
      give(gradients[value], input_gradient(node, end, dy, bound), bound);
    }
  }

 private:
  static Layer::Exactness exactness_of(const Layer& layer) {
    const std::optional<Layer::Exactness> exactness = layer.exactness();
    if (!exactness) throw InputError{"exact arithmetic: a layer of the network rounds"};
    return *exactness;
  }

  [[nodiscard]] Tensor tensor_of(std::size_t value) const {
    return {device_, DType::f64, of_rows(rows_, shapes_[value]), Use::activations};
  }
  [[nodiscard]] Tensor magnitudes_of(const Tensor& tensor) const {
    Tensor result{device_, DType::f64, tensor.shape(), Use::activations};
    std::ranges::transform(tensor.values<const double>(), result.values<double>().begin(),
                           [](double value) { return std::fabs(value); });
    return result;
  }
  static std::span<const Parameter> parameters_of(const Layer& layer, const Parameters& all, std::size_t first) {
    return std::span{all.all()}.subspan(first, layer.parameter_specs().size());
  }

  void run_forward(const Layer& layer, const Parameters& parameters, std::size_t first, std::span<const Tensor> inputs,
                   const Tensor& y) const {
    const Layer::Memory memory{
        .parameters = parameters_of(layer, parameters, first), .buffers = {}, .kept = {}, .scratch = scratch_};
    layer.forward(*stream_, {.memory = memory, .inputs = inputs, .y = y, .mode = Mode::train});
    stream_->synchronize();
  }

  /// The gradient by the input of a node with these parameters.
  Exact input_gradient(std::size_t node, std::size_t first, const Exact& dy, ExactBound& bound) {
    const Layer& layer = *network_.nodes[node].layer;
    const std::size_t value = network_.nodes[node].inputs.front();
    const Exact& x = values_[value];
    const Exact& y = values_[node + 1];
    const Layer::Exactness exactness = exactness_of(layer);
    Exact dx{tensor_of(value), dy.unit * exactness.unit};
    run_backward(layer, actual_, first, x.values, y.values, dy.values, dx.values);
    if (!exactness.sums) return dx;
    const Tensor terms = tensor_of(value);
    run_backward(layer, magnitude_, first, magnitudes_of(x.values), y.values, magnitudes_of(dy.values), terms);
    bound.activation_gradient = std::max(bound.activation_gradient, largest(terms) / dx.unit);
    for (const Parameter& parameter : parameters_of(layer, magnitude_, first)) {
      // A bias takes inputs that are 1.
      const double unit = parameter.gradient.shape().size() == 1 ? dy.unit : x.unit * dy.unit;
      bound.parameter_gradient = std::max(bound.parameter_gradient, largest(parameter.gradient) / unit);
    }
    return dx;
  }

  void run_backward(const Layer& layer, const Parameters& parameters, std::size_t first, const Tensor& x,
                    const Tensor& y, const Tensor& dy, const Tensor& dx) const {
    const Layer::Memory memory{
        .parameters = parameters_of(layer, parameters, first), .buffers = {}, .kept = {}, .scratch = scratch_};
    const GradientReady ready = [](const Parameter&) {};
    layer.backward(
        *stream_,
        {.memory = memory, .x = x, .y = y, .dy = dy, .dx = &dx, .into = kernels::Into::overwrite, .ready = ready});
    stream_->synchronize();
  }

  /// Adds to the gradient of a value that several layers take.
  void give(std::optional<Exact>& gradient, const Exact& more, ExactBound& bound) const {
    if (!gradient) {
      gradient = more;
      return;
    }
    Exact sum{Tensor{device_, DType::f64, more.values.shape(), Use::activations}, std::min(gradient->unit, more.unit)};
    const auto a = gradient->values.values<const double>(), b = more.values.values<const double>();
    const auto target = sum.values.values<double>();
    for (std::size_t i = 0; i < target.size(); ++i) {
      target[i] = a[i] + b[i];
      bound.activation_gradient = std::max(bound.activation_gradient, (std::fabs(a[i]) + std::fabs(b[i])) / sum.unit);
    }
    gradient = std::move(sum);
  }

  Device& device_;
  std::unique_ptr<Stream> stream_;
  const Architecture& network_;
  std::vector<Shape> shapes_;
  std::size_t rows_;
  Parameters actual_;
  Parameters magnitude_;  // their magnitudes
  Tensor scratch_;
  std::vector<Exact> values_;
};

}  // namespace

ExactBound exact_bound(Device& device, const Architecture& network, std::span<const double> parameters,
                       const ExactBatch& batch) {
  require_well_formed(network, parameters, batch);
  ExactStep step{device, network, parameters, batch.rows};
  ExactBound bound;
  const Exact& outputs = step.forward(batch.inputs, bound);
  Exact doutputs{Tensor{device, DType::f64, outputs.values.shape(), Use::activations}, outputs.unit};
  const auto y = outputs.values.values<const double>();
  const auto gradient = doutputs.values.values<double>();
  for (std::size_t i = 0; i < y.size(); ++i) {
    gradient[i] = 2 * (y[i] - batch.targets[i]);
    bound.activation_gradient =
        std::max(bound.activation_gradient, 2 * (std::fabs(y[i]) + std::fabs(batch.targets[i])) / outputs.unit);
  }
  step.backward(std::move(doutputs), bound);
  return bound;
}

void require_representable(const ExactBound& bound, DType dtype) {
  const double limit = dtype == DType::bf16 ? 0x1p8 : 0x1p24;
  const bool representable =
      bound.activation < limit && bound.activation_gradient < limit && bound.parameter_gradient < limit;
  if (!representable)
    throw InputError{fmt::format(
        "exact arithmetic: sums may reach {:.0f} in activations, {:.0f} in their gradients and {:.0f} in parameter "
        "gradients, in units of the last digit; {} is exact below {:.0f}",
        bound.activation, bound.activation_gradient, bound.parameter_gradient,
        dtype == DType::bf16 ? "bfloat16" : "float32", limit)};
}

}  // namespace lockstep
