// Pooling of image planes. Planes are [planes, height, width], row-major: rows and channels of a batch together, maybe
// none.
#pragma once

#include <cstddef>
#include <span>

namespace lockstep::kernels {

/// Windows side by side; what is left over at the right and below is not pooled, as in torch.
struct PoolingShape {
  std::size_t planes = 0;
  std::size_t height = 0;
  std::size_t width = 0;
  std::size_t window_height = 1;  // at least 1, at most height
  std::size_t window_width = 1;   // likewise

  [[nodiscard]] std::size_t out_height() const { return height / window_height; }
  [[nodiscard]] std::size_t out_width() const { return width / window_width; }
  [[nodiscard]] std::size_t window() const { return window_height * window_width; }
  [[nodiscard]] std::size_t in_count() const { return planes * height * width; }
  [[nodiscard]] std::size_t out_count() const { return planes * out_height() * out_width(); }
};

// For float and double, its reference. Each throws std::invalid_argument when the size of a span is not its shape's. x,
// dx: [planes, height, width]; y, dy: [planes, out_height(), out_width()].

/// y = the largest of each window. The first of equals counts, and a NaN counts as largest.
template <typename T>
void max_pool_forward(std::span<const T> x, std::span<T> y, const PoolingShape& shape);
/// dx = dy at the element that was the largest of its window in x, else 0.
template <typename T>
void max_pool_backward(std::span<const T> x, std::span<const T> dy, std::span<T> dx, const PoolingShape& shape);
/// y = the mean of each window.
template <typename T>
void average_pool_forward(std::span<const T> x, std::span<T> y, const PoolingShape& shape);
/// dx = dy/window() in each window, else 0.
template <typename T>
void average_pool_backward(std::span<const T> dy, std::span<T> dx, const PoolingShape& shape);

}  // namespace lockstep::kernels
