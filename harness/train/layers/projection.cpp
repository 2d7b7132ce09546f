#include "harness/train/layers/projection.hpp"

#include "harness/train/layers/linear_map.hpp"

namespace lockstep {
namespace {

Shape projected(const Shape& sample, std::size_t in, std::size_t out, std::string_view name) {
  require(sample.size() == 2 && sample[1] == in, "{} takes [positions, {}], not {}", name, in, format_shape(sample));
  return {sample[0], out};
}

}  // namespace

std::vector<ParameterSpec> Projection::parameter_specs() const {
  return {{.name = name_ + ".weight", .shape = {out_, in_}, .fan_in = in_, .deviation = deviation_},
          {.name = name_ + ".bias", .shape = {out_}, .fan_in = in_, .start = 0}};
}

Shape Projection::output_shape(std::span<const Shape> samples) const {
  return projected(samples.front(), in_, out_, name_);
}

void Projection::forward(Stream& stream, const Forward& pass) const {
  linear_map_forward(stream, pass, pass.memory.parameters[0], &pass.memory.parameters[1]);
}

void Projection::backward(Stream& stream, const Backward& pass) const {
  linear_map_backward(stream, pass, pass.memory.parameters[0], &pass.memory.parameters[1]);
}

Shape OutputEmbedding::output_shape(std::span<const Shape> samples) const {
  return projected(samples.front(), width_, vocabulary_, "the output embedding");
}

void OutputEmbedding::forward(Stream& stream, const Forward& pass) const {
  linear_map_forward(stream, pass, pass.memory.parameters[0], nullptr);
}

void OutputEmbedding::backward(Stream& stream, const Backward& pass) const {
  linear_map_backward(stream, pass, pass.memory.parameters[0], nullptr);
}

}  // namespace lockstep
