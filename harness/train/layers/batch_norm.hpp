#pragma once

#include <string>

#include "harness/train/layers/layer.hpp"
#include "kernels/batch_norm.hpp"

namespace lockstep {

/// torch.nn.BatchNorm2d on images [channels, height, width]: normalised by the statistics of the rows that this device
/// has, in evaluation by the running ones. Parameters NAME.weight (γ, 1 at the start) and NAME.bias (β, 0); buffers
/// NAME.running_mean and NAME.running_var. A batch without rows changes nothing.
class BatchNorm : public Layer {
 public:
  BatchNorm(std::string name, std::size_t channels) : name_{std::move(name)}, channels_{channels} {}

  [[nodiscard]] std::vector<ParameterSpec> parameter_specs() const override;
  [[nodiscard]] std::vector<BufferSpec> buffer_specs() const override;
  [[nodiscard]] std::vector<KeptSpec> kept_specs() const override;
  [[nodiscard]] Shape output_shape(std::span<const Shape> samples) const override;
  void forward(Stream& stream, const Forward& pass) const override;
  void backward(Stream& stream, const Backward& pass) const override;

 private:
  std::string name_;
  std::size_t channels_;
  kernels::BatchNormSettings settings_;
};

}  // namespace lockstep
