// A thread an element of the result. Sums are in the order of channels, lines and columns.
#pragma once

#include "kernels/convolution.hpp"
#include "kernels/cuda/bodies/language.cuh"

namespace lockstep::kernels::LOCKSTEP_BODIES {

/// A convolution's shape as kernels take it: without the batch, with the sizes that follow from the others.
struct Convolution {
  int channels, height, width, filters, kernel, stride, padding, out_height, out_width;
};

template <typename T>
__global__ void convolution_forward(const T* x, const T* w, T* y, Convolution of, std::size_t count) {
  for (std::size_t index = first_index(); index < count; index += index_stride()) {
    const int column = static_cast<int>(index % static_cast<std::size_t>(of.out_width));
    std::size_t rest = index / static_cast<std::size_t>(of.out_width);
    const int line = static_cast<int>(rest % static_cast<std::size_t>(of.out_height));
    rest /= static_cast<std::size_t>(of.out_height);
    const std::size_t filter = rest % static_cast<std::size_t>(of.filters);
    const std::size_t image = rest / static_cast<std::size_t>(of.filters);
    T sum{0};
    for (int c = 0; c < of.channels; ++c) {
      const T* plane = x + (image * static_cast<std::size_t>(of.channels) + static_cast<std::size_t>(c)) *
                               static_cast<std::size_t>(of.height * of.width);
      const T* weights = w + (filter * static_cast<std::size_t>(of.channels) + static_cast<std::size_t>(c)) *
                                 static_cast<std::size_t>(of.kernel * of.kernel);
      for (int r = 0; r < of.kernel; ++r) {
        const int i = line * of.stride + r - of.padding;
        if (i < 0 || i >= of.height) continue;
        for (int s = 0; s < of.kernel; ++s) {
          const int j = column * of.stride + s - of.padding;
          if (j >= 0 && j < of.width) sum += plane[i * of.width + j] * weights[r * of.kernel + s];
        }
      }
    }
    y[index] = sum;
  }
}

template <typename T>
__global__ void convolution_backward_input(const T* dy, const T* w, T* dx, Convolution of, std::size_t count) {
  for (std::size_t index = first_index(); index < count; index += index_stride()) {
    const int column = static_cast<int>(index % static_cast<std::size_t>(of.width));
    std::size_t rest = index / static_cast<std::size_t>(of.width);
    const int line = static_cast<int>(rest % static_cast<std::size_t>(of.height));
    rest /= static_cast<std::size_t>(of.height);
    const std::size_t channel = rest % static_cast<std::size_t>(of.channels);
    const std::size_t image = rest / static_cast<std::size_t>(of.channels);
    T sum{0};
    for (int f = 0; f < of.filters; ++f) {
      const T* plane = dy + (image * static_cast<std::size_t>(of.filters) + static_cast<std::size_t>(f)) *
                                static_cast<std::size_t>(of.out_height * of.out_width);
      const T* weights = w + (static_cast<std::size_t>(f) * static_cast<std::size_t>(of.channels) + channel) *
                                 static_cast<std::size_t>(of.kernel * of.kernel);
      for (int r = 0; r < of.kernel; ++r) {
        const int above = line + of.padding - r;
        if (above < 0 || above % of.stride != 0 || above / of.stride >= of.out_height) continue;
        for (int s = 0; s < of.kernel; ++s) {
          const int before = column + of.padding - s;
          if (before < 0 || before % of.stride != 0 || before / of.stride >= of.out_width) continue;
          sum += plane[above / of.stride * of.out_width + before / of.stride] * weights[r * of.kernel + s];
        }
      }
    }
    dx[index] = sum;
  }
}

inline constexpr unsigned weight_threads = 128;

/// A block an element of dw: its threads take every weight_threads-th output, their sums are added as a tree.
template <typename T>
__global__ void convolution_backward_weight(const T* x, const T* dy, T* dw, Convolution of, std::size_t images,
                                            bool is_added) {
  __shared__ T sums[weight_threads];
  const int s = static_cast<int>(blockIdx.x) % of.kernel;
  const int r = static_cast<int>(blockIdx.x) / of.kernel % of.kernel;
  const int filter_and_channel = static_cast<int>(blockIdx.x) / (of.kernel * of.kernel);
  const std::size_t channel = static_cast<std::size_t>(filter_and_channel % of.channels);
  const std::size_t filter = static_cast<std::size_t>(filter_and_channel / of.channels);
  const std::size_t out_plane = static_cast<std::size_t>(of.out_height * of.out_width);
  T sum{0};
  for (std::size_t index = threadIdx.x; index < images * out_plane; index += weight_threads) {
    const std::size_t image = index / out_plane, place = index % out_plane;
    const int i = static_cast<int>(place) / of.out_width * of.stride + r - of.padding;
    const int j = static_cast<int>(place) % of.out_width * of.stride + s - of.padding;
    if (i < 0 || i >= of.height || j < 0 || j >= of.width) continue;
    const std::size_t plane = image * static_cast<std::size_t>(of.channels) + channel;
    sum += dy[(image * static_cast<std::size_t>(of.filters) + filter) * out_plane + place] *
           x[plane * static_cast<std::size_t>(of.height * of.width) + static_cast<std::size_t>(i * of.width + j)];
  }
  sums[threadIdx.x] = sum;
  for (unsigned half = weight_threads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
  }
  if (threadIdx.x == 0) dw[blockIdx.x] = is_added ? dw[blockIdx.x] + sums[0] : sums[0];
}

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
