#include "harness/train/layers/activation.hpp"

#include "harness/ops/activation.hpp"

namespace lockstep {

void Relu::forward(Stream& stream, std::span<const Parameter>, const Tensor& x, const Tensor& y) const {
  ops::relu_forward(stream, x, y);
}

void Relu::backward(Stream& stream, std::span<const Parameter>, const Backward& pass) const {
  if (pass.dx != nullptr) ops::relu_backward(stream, pass.y, pass.dy, *pass.dx);
}

void Tanh::forward(Stream& stream, std::span<const Parameter>, const Tensor& x, const Tensor& y) const {
  ops::tanh_forward(stream, x, y);
}

void Tanh::backward(Stream& stream, std::span<const Parameter>, const Backward& pass) const {
  if (pass.dx != nullptr) ops::tanh_backward(stream, pass.y, pass.dy, *pass.dx);
}

}  // namespace lockstep
