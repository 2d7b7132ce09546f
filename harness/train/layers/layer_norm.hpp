#pragma once

#include <string>

#include "harness/train/layers/layer.hpp"

namespace lockstep {

/// torch.nn.LayerNorm over the last dimension. Parameters NAME.weight (γ, 1 at the start) and NAME.bias (β, 0).
class LayerNorm : public Layer {
 public:
  LayerNorm(std::string name, std::size_t positions, std::size_t width)
      : name_{std::move(name)}, positions_{positions}, width_{width} {}

  [[nodiscard]] std::vector<ParameterSpec> parameter_specs() const override;
  [[nodiscard]] std::vector<KeptSpec> kept_specs() const override;
  [[nodiscard]] Shape output_shape(std::span<const Shape> samples) const override;
  void forward(Stream& stream, const Forward& pass) const override;
  void backward(Stream& stream, const Backward& pass) const override;

 private:
  std::string name_;
  std::size_t positions_;
  std::size_t width_;
};

}  // namespace lockstep
