#pragma once

#include <string>

#include "harness/train/layers/layer.hpp"

namespace lockstep {

/// y = x·wᵀ + b. Parameters NAME.weight [out, in] and, with bias, NAME.bias [out].
class Linear : public Layer {
 public:
  Linear(std::string name, std::size_t in, std::size_t out, bool bias)
      : name_{std::move(name)}, in_{in}, out_{out}, bias_{bias} {}

  [[nodiscard]] std::vector<ParameterSpec> parameter_specs() const override;
  [[nodiscard]] Shape output_shape(std::span<const Shape> samples) const override;
  [[nodiscard]] std::optional<Exactness> exactness() const override { return Exactness{.sums = true, .unit = 1}; }
  void forward(Stream& stream, const Forward& pass) const override;
  void backward(Stream& stream, const Backward& pass) const override;

 private:
  [[nodiscard]] const Parameter* bias_of(const Memory& memory) const { return bias_ ? &memory.parameters[1] : nullptr; }

  std::string name_;
  std::size_t in_;
  std::size_t out_;
  bool bias_;
};

}  // namespace lockstep
