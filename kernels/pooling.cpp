#include "kernels/pooling.hpp"

#include <algorithm>

#include "kernels/check.hpp"

namespace lockstep::kernels {
namespace {

void check_shape(const char* name, std::size_t in, std::size_t out, const PoolingShape& shape) {
  check(shape.window() >= 1 && shape.window_height <= shape.height && shape.window_width <= shape.width, name,
        "a window that fits into the image");
  check_size(name, "x", in, shape.in_count());
  check_size(name, "y", out, shape.out_count());
}

/// visit(index of the window's first element, index of its output)
template <typename Visit>
void for_each_window(const PoolingShape& shape, const Visit& visit) {
  std::size_t out = 0;
  for (std::size_t plane = 0; plane < shape.planes; ++plane)
    for (std::size_t i = 0; i < shape.out_height(); ++i)
      for (std::size_t j = 0; j < shape.out_width(); ++j, ++out)
        visit((plane * shape.height + i * shape.window_height) * shape.width + j * shape.window_width, out);
}

/// visit(index) for each element of the window that starts at `first`.
template <typename Visit>
void for_each_element(const PoolingShape& shape, std::size_t first, const Visit& visit) {
  for (std::size_t r = 0; r < shape.window_height; ++r)
    for (std::size_t s = 0; s < shape.window_width; ++s) visit(first + r * shape.width + s);
}

template <typename T>
std::size_t largest_in(std::span<const T> x, std::size_t first, const PoolingShape& shape) {
  std::size_t largest = first;
  for_each_element(shape, first, [&](std::size_t i) {
    if (x[i] > x[largest] || (x[i] != x[i] && x[largest] == x[largest])) largest = i;
  });
  return largest;
}

}  // namespace

template <typename T>
void max_pool_forward(std::span<const T> x, std::span<T> y, const PoolingShape& shape) {
  check_shape("max_pool_forward", x.size(), y.size(), shape);
  for_each_window(shape, [&](std::size_t first, std::size_t out) { y[out] = x[largest_in(x, first, shape)]; });
}

template <typename T>
void max_pool_backward(std::span<const T> x, std::span<const T> dy, std::span<T> dx, const PoolingShape& shape) {
  check_shape("max_pool_backward", x.size(), dy.size(), shape);
  check_size("max_pool_backward", "dx", dx.size(), x.size());
  std::ranges::fill(dx, T{0});
  for_each_window(shape, [&](std::size_t first, std::size_t out) { dx[largest_in(x, first, shape)] = dy[out]; });
}

template <typename T>
void average_pool_forward(std::span<const T> x, std::span<T> y, const PoolingShape& shape) {
  check_shape("average_pool_forward", x.size(), y.size(), shape);
  for_each_window(shape, [&](std::size_t first, std::size_t out) {
    T sum{0};
    for_each_element(shape, first, [&](std::size_t i) { sum += x[i]; });
    y[out] = sum / static_cast<T>(shape.window());
  });
}

template <typename T>
void average_pool_backward(std::span<const T> dy, std::span<T> dx, const PoolingShape& shape) {
  check_shape("average_pool_backward", dx.size(), dy.size(), shape);
  std::ranges::fill(dx, T{0});
  for_each_window(shape, [&](std::size_t first, std::size_t out) {
    const T part = dy[out] / static_cast<T>(shape.window());
    for_each_element(shape, first, [&](std::size_t i) { dx[i] = part; });
  });
}

template void max_pool_forward(std::span<const float>, std::span<float>, const PoolingShape&);
template void max_pool_forward(std::span<const double>, std::span<double>, const PoolingShape&);
template void max_pool_backward(std::span<const float>, std::span<const float>, std::span<float>, const PoolingShape&);
template void max_pool_backward(std::span<const double>, std::span<const double>, std::span<double>,
                                const PoolingShape&);
template void average_pool_forward(std::span<const float>, std::span<float>, const PoolingShape&);
template void average_pool_forward(std::span<const double>, std::span<double>, const PoolingShape&);
template void average_pool_backward(std::span<const float>, std::span<float>, const PoolingShape&);
template void average_pool_backward(std::span<const double>, std::span<double>, const PoolingShape&);

}  // namespace lockstep::kernels
