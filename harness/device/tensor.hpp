// Shape, element type and device memory.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness/device/device.hpp"
#include "harness/device/dtype.hpp"

namespace lockstep {

using Shape = std::vector<std::size_t>;

/// Number of elements; 1 for a shape without dimensions.
std::size_t count_of(const Shape& shape);
/// [rows, …sample].
Shape of_rows(std::size_t rows, const Shape& sample);
/// "[256, 784]".
std::string format_shape(const Shape& shape);

/// A handle: copies and views share the memory, which lives as long as the last of them. Row-major, contiguous.
class Tensor {
 public:
  /// No elements.
  Tensor() : shape_{0} {}
  /// Uninitialised elements on `device`. Throws OutOfMemory.
  Tensor(Device& device, DType dtype, Shape shape, Use use);

  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] DType dtype() const { return dtype_; }
  [[nodiscard]] std::size_t count() const { return count_of(shape_); }
  [[nodiscard]] std::size_t rows() const { return shape_.empty() ? 1 : shape_[0]; }
  /// Elements of one row, also when there are no rows.
  [[nodiscard]] std::size_t row_size() const;
  [[nodiscard]] std::size_t bytes() const { return count() * size_of(dtype_); }

  /// View of rows [first, first + count).
  [[nodiscard]] Tensor view_rows(std::size_t first, std::size_t count) const;
  /// View of the elements from `first` on, as `shape`.
  [[nodiscard]] Tensor view(std::size_t first, Shape shape) const;

  /// The elements, for kernels and collectives of this device. T (maybe const) must match dtype().
  template <typename T>
  [[nodiscard]] std::span<T> values() const {
    require_dtype(dtype_of<T>());
    return {reinterpret_cast<T*>(address_), count()};
  }
  [[nodiscard]] std::span<std::byte> raw() const { return {address_, bytes()}; }

 private:
  void require_dtype(DType wanted) const;

  std::shared_ptr<std::byte[]> memory_;
  std::byte* address_ = nullptr;
  Shape shape_;
  DType dtype_ = DType::f32;
};

/// Where the elements are, how many and of which type.
void add_to(WorkKey& key, const Tensor& tensor);

/// Blocks until `stream` has passed, then returns the elements. T must match the dtype.
template <typename T>
std::vector<T> to_host(Stream& stream, const Tensor& tensor) {
  std::vector<T> host(tensor.count());
  require(dtype_of<T>() == tensor.dtype(), "to_host: element type differs from the tensor's");
  stream.copy_out(tensor, std::as_writable_bytes(std::span{host}));
  stream.synchronize();
  return host;
}

/// Copies `host` into `tensor`; blocks until done.
template <typename T>
void from_host(Stream& stream, std::span<const T> host, const Tensor& tensor) {
  require(dtype_of<T>() == tensor.dtype(), "from_host: element type differs from the tensor's");
  stream.copy_in(std::as_bytes(host), tensor);
  stream.synchronize();
}

}  // namespace lockstep
