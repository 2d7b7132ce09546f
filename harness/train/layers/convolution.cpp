#include "harness/train/layers/convolution.hpp"

#include "harness/ops/convolution.hpp"

namespace lockstep {

std::vector<ParameterSpec> Convolution::parameter_specs() const {
  return {{name_ + ".weight", {shape_.filters, shape_.channels, shape_.kernel, shape_.kernel}, shape_.patch()}};
}

Shape Convolution::output_shape(std::span<const Shape> samples) const {
  const Shape expected{shape_.channels, shape_.height, shape_.width};
  require(samples.front() == expected, "{} takes images {}, not {}", name_, format_shape(expected),
          format_shape(samples.front()));
  return {shape_.filters, shape_.out_height(), shape_.out_width()};
}

void Convolution::forward(Stream& stream, const Forward& pass) const {
  ops::convolution_forward(stream, pass.x(), pass.memory.parameters[0].value, pass.y, of_rows(pass.y.rows()),
                           scratch_of(pass.memory));
}

void Convolution::backward(Stream& stream, const Backward& pass) const {
  const Parameter& weight = pass.memory.parameters[0];
  const kernels::ConvolutionShape shape = of_rows(pass.dy.rows());
  ops::convolution_backward_weight(stream, pass.x, pass.dy, weight.gradient, shape, pass.into, scratch_of(pass.memory));
  pass.ready(weight);
  if (pass.dx != nullptr)
    ops::convolution_backward_input(stream, pass.dy, weight.value, *pass.dx, shape, scratch_of(pass.memory));
}

kernels::ConvolutionShape Convolution::of_rows(std::size_t rows) const {
  kernels::ConvolutionShape shape = shape_;
  shape.rows = rows;
  return shape;
}

}  // namespace lockstep
