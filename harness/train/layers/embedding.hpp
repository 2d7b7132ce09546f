#pragma once

#include <string>

#include "harness/train/layers/layer.hpp"

namespace lockstep {

/// torch.nn.Embedding on tokens [positions]: each becomes its row of NAME.weight [vocabulary, width].
class Embedding : public Layer {
 public:
  Embedding(std::string name, std::size_t vocabulary, std::size_t width, double deviation)
      : name_{std::move(name)}, vocabulary_{vocabulary}, width_{width}, deviation_{deviation} {}

  [[nodiscard]] std::vector<ParameterSpec> parameter_specs() const override;
  [[nodiscard]] Shape output_shape(std::span<const Shape> samples) const override;
  void forward(Stream& stream, const Forward& pass) const override;
  void backward(Stream& stream, const Backward& pass) const override;

 private:
  std::string name_;
  std::size_t vocabulary_;
  std::size_t width_;
  double deviation_;  // of the weights at the start
};

/// Adds NAME.weight [positions, width] to every sample.
class PositionEmbedding : public Layer {
 public:
  PositionEmbedding(std::string name, std::size_t positions, std::size_t width, double deviation)
      : name_{std::move(name)}, positions_{positions}, width_{width}, deviation_{deviation} {}

  [[nodiscard]] std::vector<ParameterSpec> parameter_specs() const override;
  [[nodiscard]] Shape output_shape(std::span<const Shape> samples) const override;
  [[nodiscard]] bool is_in_place() const override { return true; }
  void forward(Stream& stream, const Forward& pass) const override;
  void backward(Stream& stream, const Backward& pass) const override;

 private:
  std::string name_;
  std::size_t positions_;
  std::size_t width_;
  double deviation_;  // of the weights at the start
};

}  // namespace lockstep
