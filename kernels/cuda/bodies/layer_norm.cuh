// A block a row, and for the gradients of the parameters a block some columns. Sums in double, in an order that depends
// on the shape only.
#pragma once

#include "kernels/cuda/bodies/language.cuh"
#include "kernels/cuda/bodies/two_sums.cuh"

namespace lockstep::kernels::LOCKSTEP_BODIES {

inline constexpr unsigned norm_threads = 128;

template <typename T>
__global__ void layer_norm_forward(const T* x, const T* gamma, const T* beta, T* statistics, T* y, std::size_t width,
                                   double epsilon) {
  const std::size_t row = blockIdx.x;
  const T* from = x + row * width;
  T* to = y + row * width;
  TwoSums mine{0, 0};
  for (std::size_t i = threadIdx.x; i < width; i += norm_threads) {
    const double value = static_cast<double>(from[i]);
    mine.first += value;
    mine.second += value * value;
  }
  const TwoSums all = two_sums_of_block<norm_threads>(mine);
  const double mean = all.first / static_cast<double>(width);
  const double difference = all.second / static_cast<double>(width) - mean * mean;
  const T center = static_cast<T>(mean);
  const T scale = static_cast<T>(1 / sqrt((difference > 0 ? difference : 0) + epsilon));
  if (threadIdx.x == 0) {
    statistics[2 * row] = center;
    statistics[2 * row + 1] = scale;
  }
  for (std::size_t i = threadIdx.x; i < width; i += norm_threads)
    to[i] = (from[i] - center) * scale * gamma[i] + beta[i];
}

inline constexpr unsigned norm_columns = 32;  // of a block: blockDim.x
inline constexpr unsigned norm_lanes = 8;     // row sums of a block side by side: blockDim.y

template <typename T>
__global__ void layer_norm_backward_parameters(const T* x, const T* dy, const T* statistics, T* dgamma, T* dbeta,
                                               std::size_t rows, std::size_t width, bool is_added) {
  __shared__ double gamma[norm_lanes][norm_columns];
  __shared__ double beta[norm_lanes][norm_columns];
  const std::size_t column = blockIdx.x * std::size_t{norm_columns} + threadIdx.x;
  double by_gamma = 0, by_beta = 0;
  if (column < width)
    for (std::size_t row = threadIdx.y; row < rows; row += norm_lanes) {
      const double gradient = static_cast<double>(dy[row * width + column]);
      by_beta += gradient;
      by_gamma +=
          gradient * static_cast<double>((x[row * width + column] - statistics[2 * row]) * statistics[2 * row + 1]);
    }
  gamma[threadIdx.y][threadIdx.x] = by_gamma;
  beta[threadIdx.y][threadIdx.x] = by_beta;
  __syncthreads();
  if (threadIdx.y != 0 || column >= width) return;
  for (unsigned lane = 1; lane < norm_lanes; ++lane) {
    by_gamma += gamma[lane][threadIdx.x];
    by_beta += beta[lane][threadIdx.x];
  }
  dgamma[column] = is_added ? dgamma[column] + static_cast<T>(by_gamma) : static_cast<T>(by_gamma);
  dbeta[column] = is_added ? dbeta[column] + static_cast<T>(by_beta) : static_cast<T>(by_beta);
}

/// dx may be dy.
template <typename T>
__global__ void layer_norm_backward_input(const T* x, const T* dy, const T* statistics, const T* gamma, T* dx,
                                          std::size_t width) {
  const std::size_t row = blockIdx.x;
  const T* values = x + row * width;
  const T* gradients = dy + row * width;
  const T center = statistics[2 * row], scale = statistics[2 * row + 1];
  TwoSums mine{0, 0};
  for (std::size_t i = threadIdx.x; i < width; i += norm_threads) {
    const double g = static_cast<double>(gradients[i] * gamma[i]);
    mine.first += g;
    mine.second += g * static_cast<double>((values[i] - center) * scale);
  }
  const TwoSums all = two_sums_of_block<norm_threads>(mine);
  const T mean_g = static_cast<T>(all.first / static_cast<double>(width));
  const T mean_g_x = static_cast<T>(all.second / static_cast<double>(width));
  for (std::size_t i = threadIdx.x; i < width; i += norm_threads)
    dx[row * width + i] = scale * (gradients[i] * gamma[i] - mean_g - (values[i] - center) * scale * mean_g_x);
}

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
