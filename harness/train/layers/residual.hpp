#pragma once

#include "harness/train/layers/layer.hpp"

namespace lockstep {

/// y = a + b, two values of one shape: where a shortcut joins its branch again.
class Residual : public Layer {
 public:
  [[nodiscard]] Shape output_shape(std::span<const Shape> samples) const override;
  [[nodiscard]] bool is_in_place() const override { return true; }
  [[nodiscard]] bool passes_gradient() const override { return true; }
  [[nodiscard]] std::optional<Exactness> exactness() const override { return Exactness{.sums = true, .unit = 1}; }
  void forward(Stream& stream, const Forward& pass) const override;
  void backward(Stream& stream, const Backward& pass) const override;
};

}  // namespace lockstep
