#include "harness/device/tensor.hpp"

#include <fmt/ranges.h>

#include <functional>
#include <numeric>

namespace lockstep {

std::size_t count_of(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>{});
}

std::size_t Tensor::row_size() const { return shape_.empty() ? 1 : count_of(Shape(shape_.begin() + 1, shape_.end())); }

Shape of_rows(std::size_t rows, const Shape& sample) {
  Shape shape{rows};
  shape.insert(shape.end(), sample.begin(), sample.end());
  return shape;
}

std::string format_shape(const Shape& shape) { return fmt::format("{}", shape); }

Tensor::Tensor(Device& device, DType dtype, Shape shape, Use use) : shape_{std::move(shape)}, dtype_{dtype} {
  memory_ = device.allocate(bytes(), use);
  address_ = memory_.get();
}

Tensor Tensor::view_rows(std::size_t first, std::size_t count) const {
  require(!shape_.empty() && first + count <= shape_[0], "rows [{}, {}) of a tensor {}", first, first + count,
          format_shape(shape_));
  Shape shape = shape_;
  shape[0] = count;
  return view(first * row_size(), std::move(shape));
}

Tensor Tensor::view(std::size_t first, Shape shape) const {
  require(first + count_of(shape) <= count(), "view of {} elements from {} in a tensor {}", count_of(shape), first,
          format_shape(shape_));
  Tensor view = *this;
  view.shape_ = std::move(shape);
  view.address_ = address_ == nullptr ? nullptr : address_ + first * size_of(dtype_);
  return view;
}

void Tensor::require_dtype(DType wanted) const {
  require(wanted == dtype_, "tensor {} holds {}, asked for {}", format_shape(shape_), name_of(dtype_), name_of(wanted));
}

void add_to(WorkKey& key, const Tensor& tensor) {
  key.add(reinterpret_cast<std::uintptr_t>(tensor.raw().data()), tensor.dtype(), tensor.shape().size());
  for (const std::size_t extent : tensor.shape()) key.add(extent);
}

}  // namespace lockstep
