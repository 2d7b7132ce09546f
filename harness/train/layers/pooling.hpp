#pragma once

#include "harness/train/layers/layer.hpp"
#include "kernels/pooling.hpp"

namespace lockstep {

/// Windows of images [channels, height, width], side by side.
class Pooling : public Layer {
 public:
  Pooling(std::size_t height, std::size_t width) : height_{height}, width_{width} {}
  [[nodiscard]] Shape output_shape(std::span<const Shape> samples) const override;

 protected:
  [[nodiscard]] kernels::PoolingShape shape_of(const Tensor& x) const;
  [[nodiscard]] std::size_t window() const { return height_ * width_; }

 private:
  std::size_t height_;
  std::size_t width_;
};

/// y = the largest of each window.
class MaxPooling : public Pooling {
 public:
  using Pooling::Pooling;
  [[nodiscard]] std::optional<Exactness> exactness() const override { return Exactness{.sums = false, .unit = 1}; }
  void forward(Stream& stream, const Forward& pass) const override;
  void backward(Stream& stream, const Backward& pass) const override;
};

/// y = the mean of each window.
class AveragePooling : public Pooling {
 public:
  using Pooling::Pooling;
  /// Exact for windows of a power of two.
  [[nodiscard]] std::optional<Exactness> exactness() const override;
  void forward(Stream& stream, const Forward& pass) const override;
  void backward(Stream& stream, const Backward& pass) const override;
};

}  // namespace lockstep
