#include "harness/train/layers/linear_map.hpp"

#include "harness/ops/linear.hpp"

namespace lockstep {
namespace {

/// Everything in front of the last dimension one below the other.
Tensor as_matrix(const Tensor& tensor, std::size_t width) { return tensor.view(0, {tensor.count() / width, width}); }

Tensor inputs_as_matrix(const Tensor& x, const Parameter& weight) { return as_matrix(x, weight.value.shape()[1]); }
Tensor outputs_as_matrix(const Tensor& y, const Parameter& weight) { return as_matrix(y, weight.value.shape()[0]); }

}  // namespace

void linear_map_forward(Stream& stream, const Layer::Forward& pass, const Parameter& weight, const Parameter* bias) {
  ops::linear_forward(stream, inputs_as_matrix(pass.x(), weight), weight.value,
                      bias != nullptr ? bias->value : Tensor{}, outputs_as_matrix(pass.y, weight));
}

void linear_map_backward(Stream& stream, const Layer::Backward& pass, const Parameter& weight, const Parameter* bias) {
  const Tensor dy = outputs_as_matrix(pass.dy, weight);
  if (bias != nullptr) {
    ops::linear_backward_bias(stream, dy, bias->gradient, pass.into);
    pass.ready(*bias);
  }
  ops::linear_backward_weight(stream, inputs_as_matrix(pass.x, weight), dy, weight.gradient, pass.into);
  pass.ready(weight);
  if (pass.dx != nullptr) ops::linear_backward_input(stream, dy, weight.value, inputs_as_matrix(*pass.dx, weight));
}

}  // namespace lockstep
