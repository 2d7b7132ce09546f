#pragma once

#include "harness/train/layers/layer.hpp"

namespace lockstep {

/// torch.nn.GELU(approximate="tanh").
class Gelu : public Layer {
 public:
  [[nodiscard]] Shape output_shape(std::span<const Shape> samples) const override { return samples.front(); }
  void forward(Stream& stream, const Forward& pass) const override;
  void backward(Stream& stream, const Backward& pass) const override;
};

}  // namespace lockstep
