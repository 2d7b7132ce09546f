#pragma once

#include <string>

#include "harness/train/layers/layer.hpp"
#include "kernels/attention.hpp"

namespace lockstep {

/// Causal multi-head attention on queries, keys and values side by side: [positions, 3·width] to [positions, width]. No
/// parameters.
class Attention : public Layer {
 public:
  /// `shape` without its rows.
  explicit Attention(const kernels::AttentionShape& shape) : shape_{shape} {}

  [[nodiscard]] std::vector<KeptSpec> kept_specs() const override;
  [[nodiscard]] std::size_t scratch() const override { return shape_.scratch(); }
  [[nodiscard]] Shape output_shape(std::span<const Shape> samples) const override;
  void forward(Stream& stream, const Forward& pass) const override;
  void backward(Stream& stream, const Backward& pass) const override;

 private:
  /// Of the rows of a pass; there may be room for more.
  [[nodiscard]] Tensor probabilities_of(const Memory& memory, std::size_t rows) const;
  [[nodiscard]] kernels::AttentionShape of_rows(std::size_t rows) const;

  kernels::AttentionShape shape_;
};

}  // namespace lockstep
