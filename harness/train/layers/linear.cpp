#include "harness/train/layers/linear.hpp"

#include "harness/train/layers/linear_map.hpp"

namespace lockstep {

std::vector<ParameterSpec> Linear::parameter_specs() const {
  std::vector<ParameterSpec> specs{{name_ + ".weight", {out_, in_}, in_}};
  if (bias_) specs.push_back({name_ + ".bias", {out_}, in_});
  return specs;
}

Shape Linear::output_shape(std::span<const Shape> samples) const {
  require(count_of(samples.front()) == in_, "{} takes {} inputs, not {}", name_, in_, format_shape(samples.front()));
  return {out_};
}

void Linear::forward(Stream& stream, const Forward& pass) const {
  linear_map_forward(stream, pass, pass.memory.parameters[0], bias_of(pass.memory));
}

void Linear::backward(Stream& stream, const Backward& pass) const {
  linear_map_backward(stream, pass, pass.memory.parameters[0], bias_of(pass.memory));
}

}  // namespace lockstep
