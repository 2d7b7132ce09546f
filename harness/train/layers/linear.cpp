#include "harness/train/layers/linear.hpp"

#include "harness/ops/linear.hpp"

namespace lockstep {

std::vector<ParameterSpec> Linear::parameter_specs() const {
  std::vector<ParameterSpec> specs{{name_ + ".weight", {out_, in_}, in_}};
  if (bias_) specs.push_back({name_ + ".bias", {out_}, in_});
  return specs;
}

Shape Linear::output_shape(const Shape& sample) const {
  require(count_of(sample) == in_, "{} takes {} inputs, not {}", name_, in_, format_shape(sample));
  return {out_};
}

void Linear::forward(Stream& stream, std::span<const Parameter> parameters, const Tensor& x, const Tensor& y) const {
  ops::linear_forward(stream, x, parameters[0].value, bias_ ? parameters[1].value : Tensor{}, y);
}

void Linear::backward(Stream& stream, std::span<const Parameter> parameters, const Backward& pass) const {
  if (bias_) {
    ops::linear_backward_bias(stream, pass.dy, parameters[1].gradient, pass.into);
    pass.ready(parameters[1]);
  }
  ops::linear_backward_weight(stream, pass.x, pass.dy, parameters[0].gradient, pass.into);
  pass.ready(parameters[0]);
  if (pass.dx != nullptr) ops::linear_backward_input(stream, pass.dy, parameters[0].value, *pass.dx);
}

}  // namespace lockstep
