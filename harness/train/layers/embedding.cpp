#include "harness/train/layers/embedding.hpp"

#include "harness/ops/embedding.hpp"
#include "harness/ops/linear.hpp"
#include "harness/ops/memory.hpp"

namespace lockstep {

std::vector<ParameterSpec> Embedding::parameter_specs() const {
  return {{.name = name_ + ".weight", .shape = {vocabulary_, width_}, .fan_in = width_, .deviation = deviation_}};
}

Shape Embedding::output_shape(std::span<const Shape> samples) const {
  require(samples.front().size() == 1, "{} takes tokens, not {}", name_, format_shape(samples.front()));
  return {samples.front()[0], width_};
}

void Embedding::forward(Stream& stream, const Forward& pass) const {
  ops::embedding_forward(stream, pass.x(), pass.memory.parameters[0].value, pass.y);
}

void Embedding::backward(Stream& stream, const Backward& pass) const {
  const Parameter& weight = pass.memory.parameters[0];
  ops::embedding_backward(stream, pass.x, pass.dy, weight.gradient, pass.into);
  pass.ready(weight);
}

std::vector<ParameterSpec> PositionEmbedding::parameter_specs() const {
  return {{.name = name_ + ".weight", .shape = {positions_, width_}, .fan_in = width_, .deviation = deviation_}};
}

Shape PositionEmbedding::output_shape(std::span<const Shape> samples) const {
  const Shape expected{positions_, width_};
  require(samples.front() == expected, "{} takes {}, not {}", name_, format_shape(expected),
          format_shape(samples.front()));
  return expected;
}

void PositionEmbedding::forward(Stream& stream, const Forward& pass) const {
  ops::add_table(stream, pass.x(), pass.memory.parameters[0].value, pass.y);
}

void PositionEmbedding::backward(Stream& stream, const Backward& pass) const {
  const Parameter& weight = pass.memory.parameters[0];
  // A bias of each sample, whatever its shape.
  ops::linear_backward_bias(stream, pass.dy, weight.gradient, pass.into);
  pass.ready(weight);
  if (pass.dx != nullptr && pass.dx->raw().data() != pass.dy.raw().data()) ops::copy(stream, pass.dy, *pass.dx);
}

}  // namespace lockstep
