#include "harness/train/layers/layer_norm.hpp"

#include "harness/ops/layer_norm.hpp"

namespace lockstep {
namespace {

/// Of the rows of a pass; there may be room for more.
Tensor statistics_of(const Layer::Memory& memory, const Tensor& pass) {
  return memory.kept[0].view(0, {2 * pass.rows() * pass.shape()[1]});
}

}  // namespace

std::vector<ParameterSpec> LayerNorm::parameter_specs() const {
  return {{.name = name_ + ".weight", .shape = {width_}, .fan_in = width_, .start = 1},
          {.name = name_ + ".bias", .shape = {width_}, .fan_in = width_, .start = 0}};
}

std::vector<KeptSpec> LayerNorm::kept_specs() const { return {{.shape = {positions_, 2}, .is_per_row = true}}; }

Shape LayerNorm::output_shape(std::span<const Shape> samples) const {
  const Shape expected{positions_, width_};
  require(samples.front() == expected, "{} takes {}, not {}", name_, format_shape(expected),
          format_shape(samples.front()));
  return expected;
}

void LayerNorm::forward(Stream& stream, const Forward& pass) const {
  const auto& parameters = pass.memory.parameters;
  ops::layer_norm_forward(stream, pass.x(), parameters[0].value, parameters[1].value,
                          statistics_of(pass.memory, pass.y), pass.y);
}

void LayerNorm::backward(Stream& stream, const Backward& pass) const {
  const Parameter& weight = pass.memory.parameters[0];
  const Parameter& bias = pass.memory.parameters[1];
  const Tensor statistics = statistics_of(pass.memory, pass.dy);
  ops::layer_norm_backward_parameters(stream, pass.x, pass.dy, statistics, weight.gradient, bias.gradient, pass.into);
  pass.ready(bias);
  pass.ready(weight);
  if (pass.dx != nullptr) ops::layer_norm_backward_input(stream, pass.x, pass.dy, statistics, weight.value, *pass.dx);
}

}  // namespace lockstep
