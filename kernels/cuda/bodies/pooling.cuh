// Forward a thread a window, backward a thread an element of the image.
#pragma once

#include "kernels/cuda/bodies/language.cuh"

namespace lockstep::kernels::LOCKSTEP_BODIES {

/// A plane's sizes as kernels take them.
struct Pooling {
  std::size_t height, width, window_height, window_width, out_height, out_width;
};

/// The window's first element in x, by the number of its output.
__device__ inline std::size_t window_start(Pooling of, std::size_t output) {
  const std::size_t column = output % of.out_width, line = output / of.out_width % of.out_height;
  const std::size_t plane = output / (of.out_width * of.out_height);
  return (plane * of.height + line * of.window_height) * of.width + column * of.window_width;
}

/// The output of an element's window; false where it lies in none.
__device__ inline bool find_window(Pooling of, std::size_t element, std::size_t& output) {
  const std::size_t column = element % of.width / of.window_width,
                    line = element / of.width % of.height / of.window_height;
  const std::size_t plane = element / (of.width * of.height);
  output = (plane * of.out_height + line) * of.out_width + column;
  return column < of.out_width && line < of.out_height;
}

/// The first of the largest, a NaN being largest.
template <typename T>
__device__ std::size_t largest_of_window(const T* x, Pooling of, std::size_t start) {
  std::size_t largest = start;
  for (std::size_t r = 0; r < of.window_height; ++r)
    for (std::size_t s = 0; s < of.window_width; ++s) {
      const std::size_t i = start + r * of.width + s;
      if (x[i] > x[largest] || (x[i] != x[i] && x[largest] == x[largest])) largest = i;
    }
  return largest;
}

template <typename T>
__global__ void max_pool_forward(const T* x, T* y, Pooling of, std::size_t outputs) {
  for (std::size_t i = first_index(); i < outputs; i += index_stride())
    y[i] = x[largest_of_window(x, of, window_start(of, i))];
}

template <typename T>
__global__ void max_pool_backward(const T* x, const T* dy, T* dx, Pooling of, std::size_t elements) {
  for (std::size_t i = first_index(); i < elements; i += index_stride()) {
    std::size_t output = 0;
    const bool is_largest = find_window(of, i, output) && largest_of_window(x, of, window_start(of, output)) == i;
    dx[i] = is_largest ? dy[output] : T{0};
  }
}

template <typename T>
__global__ void average_pool_forward(const T* x, T* y, Pooling of, std::size_t outputs) {
  for (std::size_t i = first_index(); i < outputs; i += index_stride()) {
    const std::size_t start = window_start(of, i);
    T sum{0};
    for (std::size_t r = 0; r < of.window_height; ++r)
      for (std::size_t s = 0; s < of.window_width; ++s) sum += x[start + r * of.width + s];
    y[i] = sum / static_cast<T>(of.window_height * of.window_width);
  }
}

template <typename T>
__global__ void average_pool_backward(const T* dy, T* dx, Pooling of, std::size_t elements) {
  for (std::size_t i = first_index(); i < elements; i += index_stride()) {
    std::size_t output = 0;
    dx[i] = find_window(of, i, output) ? dy[output] / static_cast<T>(of.window_height * of.window_width) : T{0};
  }
}

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
