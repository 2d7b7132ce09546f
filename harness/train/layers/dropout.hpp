#pragma once

#include <cstdint>

#include "harness/train/layers/layer.hpp"
#include "kernels/dropout.hpp"

namespace lockstep {

/// torch.nn.Dropout: in training an element is 0 with `probability`, else divided by 1 − probability. Which ones are is
/// a function of seed, layer, step and the sample's row in the global batch: the same on any number of devices.
class Dropout : public Layer {
 public:
  Dropout(double probability, std::uint64_t seed, std::uint32_t layer)
      : mask_{.probability = probability, .seed = seed, .layer = layer} {}

  [[nodiscard]] Shape output_shape(std::span<const Shape> samples) const override { return samples.front(); }
  [[nodiscard]] bool is_in_place() const override { return true; }
  void forward(Stream& stream, const Forward& pass) const override;
  void backward(Stream& stream, const Backward& pass) const override;

 private:
  [[nodiscard]] kernels::DropoutMask mask_at(const BatchPlace& place, const Tensor& x) const;

  kernels::DropoutMask mask_;
};

}  // namespace lockstep
