#pragma once

#include "harness/train/layers/layer.hpp"

namespace lockstep {

/// y = max(x, 0)
class Relu : public Layer {
 public:
  [[nodiscard]] Shape output_shape(const Shape& sample) const override { return sample; }
  [[nodiscard]] bool is_in_place() const override { return true; }
  void forward(Stream& stream, std::span<const Parameter> parameters, const Tensor& x, const Tensor& y) const override;
  void backward(Stream& stream, std::span<const Parameter> parameters, const Backward& pass) const override;
};

/// y = tanh(x)
class Tanh : public Layer {
 public:
  [[nodiscard]] Shape output_shape(const Shape& sample) const override { return sample; }
  [[nodiscard]] bool is_in_place() const override { return true; }
  void forward(Stream& stream, std::span<const Parameter> parameters, const Tensor& x, const Tensor& y) const override;
  void backward(Stream& stream, std::span<const Parameter> parameters, const Backward& pass) const override;
};

}  // namespace lockstep
