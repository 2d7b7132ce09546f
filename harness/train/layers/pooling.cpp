#include "harness/train/layers/pooling.hpp"

#include <bit>

#include "harness/ops/pooling.hpp"

namespace lockstep {

Shape Pooling::output_shape(std::span<const Shape> samples) const {
  const Shape& image = samples.front();
  require(image.size() == 3 && image[1] >= height_ && image[2] >= width_, "windows of {} x {} in a sample {}", height_,
          width_, format_shape(image));
  return {image[0], image[1] / height_, image[2] / width_};
}

kernels::PoolingShape Pooling::shape_of(const Tensor& x) const {
  const Shape& shape = x.shape();
  return {.planes = shape[0] * shape[1],
          .height = shape[2],
          .width = shape[3],
          .window_height = height_,
          .window_width = width_};
}

void MaxPooling::forward(Stream& stream, const Forward& pass) const {
  ops::max_pool_forward(stream, pass.x(), pass.y, shape_of(pass.x()));
}

void MaxPooling::backward(Stream& stream, const Backward& pass) const {
  if (pass.dx != nullptr) ops::max_pool_backward(stream, pass.x, pass.dy, *pass.dx, shape_of(pass.x));
}

std::optional<Layer::Exactness> AveragePooling::exactness() const {
  if (!std::has_single_bit(window())) return std::nullopt;
  return Exactness{.sums = true, .unit = 1 / static_cast<double>(window())};
}

void AveragePooling::forward(Stream& stream, const Forward& pass) const {
  ops::average_pool_forward(stream, pass.x(), pass.y, shape_of(pass.x()));
}

void AveragePooling::backward(Stream& stream, const Backward& pass) const {
  if (pass.dx != nullptr) ops::average_pool_backward(stream, pass.dy, *pass.dx, shape_of(pass.x));
}

}  // namespace lockstep
