#include "harness/train/layers/residual.hpp"

#include "harness/ops/add.hpp"
#include "harness/ops/memory.hpp"

namespace lockstep {

Shape Residual::output_shape(std::span<const Shape> samples) const {
  require(samples.size() == 2 && samples[0] == samples[1], "a residual sum of {} values", samples.size());
  return samples[0];
}

void Residual::forward(Stream& stream, const Forward& pass) const {
  if (pass.y.raw().data() != pass.x().raw().data()) ops::copy(stream, pass.x(), pass.y);
  ops::add(stream, pass.inputs[1], pass.y);
}

void Residual::backward(Stream&, const Backward&) const {}

}  // namespace lockstep
