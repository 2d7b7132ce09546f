#include "harness/train/layers/activation.hpp"

#include "harness/ops/activation.hpp"

namespace lockstep {

void Relu::forward(Stream& stream, const Forward& pass) const { ops::relu_forward(stream, pass.x(), pass.y); }

void Relu::backward(Stream& stream, const Backward& pass) const {
  if (pass.dx != nullptr) ops::relu_backward(stream, pass.y, pass.dy, *pass.dx);
}

void Tanh::forward(Stream& stream, const Forward& pass) const { ops::tanh_forward(stream, pass.x(), pass.y); }

void Tanh::backward(Stream& stream, const Backward& pass) const {
  if (pass.dx != nullptr) ops::tanh_backward(stream, pass.y, pass.dy, *pass.dx);
}

}  // namespace lockstep
