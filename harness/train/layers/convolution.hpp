#pragma once

#include <string>

#include "harness/train/layers/layer.hpp"
#include "kernels/convolution.hpp"

namespace lockstep {

/// Images [channels, height, width] under square filters, without bias (torch.nn.Conv2d(…, bias=False)). Parameter
/// NAME.weight [filters, channels, kernel, kernel].
class Convolution : public Layer {
 public:
  /// `shape` without its rows.
  Convolution(std::string name, const kernels::ConvolutionShape& shape) : name_{std::move(name)}, shape_{shape} {}

  [[nodiscard]] std::vector<ParameterSpec> parameter_specs() const override;
  [[nodiscard]] Shape output_shape(std::span<const Shape> samples) const override;
  [[nodiscard]] std::size_t scratch() const override { return shape_.scratch(); }
  [[nodiscard]] std::optional<Exactness> exactness() const override { return Exactness{.sums = true, .unit = 1}; }
  void forward(Stream& stream, const Forward& pass) const override;
  void backward(Stream& stream, const Backward& pass) const override;

 private:
  [[nodiscard]] kernels::ConvolutionShape of_rows(std::size_t rows) const;
  [[nodiscard]] Tensor scratch_of(const Memory& memory) const { return memory.scratch.view(0, {shape_.scratch()}); }

  std::string name_;
  kernels::ConvolutionShape shape_;
};

}  // namespace lockstep
