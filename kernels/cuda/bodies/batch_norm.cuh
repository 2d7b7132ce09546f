#pragma once

#include "kernels/cuda/bodies/language.cuh"
#include "kernels/cuda/bodies/two_sums.cuh"

namespace lockstep::kernels::LOCKSTEP_BODIES {

/// A channel's place in a batch [rows, channels, plane].
struct Channels {
  std::size_t rows, channels, plane;

  /// The i-th of the rows·plane elements of a channel.
  __device__ std::size_t element(std::size_t channel, std::size_t i) const {
    return (i / plane * channels + channel) * plane + i % plane;
  }
  __device__ std::size_t channel_of(std::size_t element) const { return element / plane % channels; }
};

inline constexpr unsigned channel_threads = 256;

/// sums[channel], sums[channels + channel] ← Σx, Σx². A block a channel.
template <typename T>
__global__ void batch_norm_sums(const T* x, double* sums, Channels of) {
  TwoSums mine{0, 0};
  for (std::size_t i = threadIdx.x; i < of.rows * of.plane; i += channel_threads) {
    const double value = static_cast<double>(x[of.element(blockIdx.x, i)]);
    mine.first += value;
    mine.second += value * value;
  }
  const TwoSums all = two_sums_of_block<channel_threads>(mine);
  if (threadIdx.x != 0) return;
  sums[blockIdx.x] = all.first;
  sums[of.channels + blockIdx.x] = all.second;
}

/// A thread a channel; count > 0.
template <typename T>
__global__ void batch_norm_statistics(const double* sums, double count, double unbias, T* mean, T* inverse_deviation,
                                      T* running_mean, T* running_variance, std::size_t channels, double epsilon,
                                      double momentum) {
  for (std::size_t c = first_index(); c < channels; c += index_stride()) {
    const double center = sums[c] / count;
    const double difference = sums[channels + c] / count - center * center;
    const double variance = difference > 0 ? difference : 0;
    mean[c] = static_cast<T>(center);
    inverse_deviation[c] = static_cast<T>(1 / sqrt(variance + epsilon));
    running_mean[c] = static_cast<T>((1 - momentum) * static_cast<double>(running_mean[c]) + momentum * center);
    running_variance[c] =
        static_cast<T>((1 - momentum) * static_cast<double>(running_variance[c]) + momentum * (variance * unbias));
  }
}

template <typename T>
__global__ void batch_norm_running(const T* running_mean, const T* running_variance, T* mean, T* inverse_deviation,
                                   std::size_t channels, double epsilon) {
  for (std::size_t c = first_index(); c < channels; c += index_stride()) {
    mean[c] = running_mean[c];
    inverse_deviation[c] = static_cast<T>(1 / sqrt(static_cast<double>(running_variance[c]) + epsilon));
  }
}

template <typename T>
__global__ void batch_norm_forward(const T* x, const T* mean, const T* inverse_deviation, const T* gamma, const T* beta,
                                   T* y, Channels of, std::size_t count) {
  for (std::size_t i = first_index(); i < count; i += index_stride()) {
    const std::size_t c = of.channel_of(i);
    y[i] = (x[i] - mean[c]) * (gamma[c] * inverse_deviation[c]) + beta[c];
  }
}

/// sums ← Σdy, Σdy·x̂. A block a channel.
template <typename T>
__global__ void batch_norm_backward_sums(const T* x, const T* dy, const T* mean, const T* inverse_deviation,
                                         double* sums, Channels of) {
  const T center = mean[blockIdx.x], scale = inverse_deviation[blockIdx.x];
  TwoSums mine{0, 0};
  for (std::size_t i = threadIdx.x; i < of.rows * of.plane; i += channel_threads) {
    const std::size_t at = of.element(blockIdx.x, i);
    const double gradient = static_cast<double>(dy[at]);
    mine.first += gradient;
    mine.second += gradient * static_cast<double>((x[at] - center) * scale);
  }
  const TwoSums all = two_sums_of_block<channel_threads>(mine);
  if (threadIdx.x != 0) return;
  sums[blockIdx.x] = all.first;
  sums[of.channels + blockIdx.x] = all.second;
}

template <typename T>
__global__ void batch_norm_backward_parameters(const double* sums, T* dgamma, T* dbeta, std::size_t channels,
                                               bool is_added) {
  for (std::size_t c = first_index(); c < channels; c += index_stride()) {
    const T beta = static_cast<T>(sums[c]), gamma = static_cast<T>(sums[channels + c]);
    dbeta[c] = is_added ? dbeta[c] + beta : beta;
    dgamma[c] = is_added ? dgamma[c] + gamma : gamma;
  }
}

/// dx may be dy.
template <typename T>
__global__ void batch_norm_backward_input(const T* x, const T* dy, const T* mean, const T* inverse_deviation,
                                          const T* gamma, const double* sums, double count, T* dx, Channels of,
                                          std::size_t elements) {
  for (std::size_t i = first_index(); i < elements; i += index_stride()) {
    const std::size_t c = of.channel_of(i);
    const T mean_dy = static_cast<T>(sums[c] / count), mean_dy_x = static_cast<T>(sums[of.channels + c] / count);
    dx[i] = gamma[c] * inverse_deviation[c] * (dy[i] - mean_dy - (x[i] - mean[c]) * inverse_deviation[c] * mean_dy_x);
  }
}

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
