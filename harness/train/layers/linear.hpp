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
  [[nodiscard]] Shape output_shape(const Shape& sample) const override;
  void forward(Stream& stream, std::span<const Parameter> parameters, const Tensor& x, const Tensor& y) const override;
  void backward(Stream& stream, std::span<const Parameter> parameters, const Backward& pass) const override;

 private:
  std::string name_;
  std::size_t in_;
  std::size_t out_;
  bool bias_;
};

}  // namespace lockstep
