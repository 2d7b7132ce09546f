#pragma once

#include <string>

#include "harness/train/layers/layer.hpp"

namespace lockstep {

/// y = x·wᵀ + b over the last dimension: [positions, in] to [positions, out]. Parameters NAME.weight [out, in], normal
/// with `deviation` at the start, and NAME.bias [out], 0.
class Projection : public Layer {
 public:
  Projection(std::string name, std::size_t in, std::size_t out, double deviation)
      : name_{std::move(name)}, in_{in}, out_{out}, deviation_{deviation} {}

  [[nodiscard]] std::vector<ParameterSpec> parameter_specs() const override;
  [[nodiscard]] Shape output_shape(std::span<const Shape> samples) const override;
  void forward(Stream& stream, const Forward& pass) const override;
  void backward(Stream& stream, const Backward& pass) const override;

 private:
  std::string name_;
  std::size_t in_;
  std::size_t out_;
  double deviation_;
};

/// y = x·wᵀ over the last dimension, with the table of an embedding as w (tied weights): the node before that it shares
/// the parameters with.
class OutputEmbedding : public Layer {
 public:
  OutputEmbedding(std::size_t vocabulary, std::size_t width) : vocabulary_{vocabulary}, width_{width} {}

  [[nodiscard]] Shape output_shape(std::span<const Shape> samples) const override;
  void forward(Stream& stream, const Forward& pass) const override;
  void backward(Stream& stream, const Backward& pass) const override;

 private:
  std::size_t vocabulary_;
  std::size_t width_;
};

}  // namespace lockstep
