#include "harness/train/layers/gelu.hpp"

#include "harness/ops/gelu.hpp"

namespace lockstep {

void Gelu::forward(Stream& stream, const Forward& pass) const { ops::gelu_forward(stream, pass.x(), pass.y); }

void Gelu::backward(Stream& stream, const Backward& pass) const {
  if (pass.dx != nullptr) ops::gelu_backward(stream, pass.x, pass.dy, *pass.dx);
}

}  // namespace lockstep
