#pragma once

#include "harness/train/layers/layer.hpp"

namespace lockstep {

/// y = max(x, 0)
class Relu : public Layer {
 public:
  [[nodiscard]] Shape output_shape(std::span<const Shape> samples) const override { return samples.front(); }
  [[nodiscard]] bool is_in_place() const override { return true; }
  [[nodiscard]] bool needs_output() const override { return true; }
  [[nodiscard]] std::optional<Exactness> exactness() const override { return Exactness{.sums = false, .unit = 1}; }
  void forward(Stream& stream, const Forward& pass) const override;
  void backward(Stream& stream, const Backward& pass) const override;
};

/// y = tanh(x)
class Tanh : public Layer {
 public:
  [[nodiscard]] Shape output_shape(std::span<const Shape> samples) const override { return samples.front(); }
  [[nodiscard]] bool is_in_place() const override { return true; }
  [[nodiscard]] bool needs_output() const override { return true; }
  void forward(Stream& stream, const Forward& pass) const override;
  void backward(Stream& stream, const Backward& pass) const override;
};

}  // namespace lockstep
