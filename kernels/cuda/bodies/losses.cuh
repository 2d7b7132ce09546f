// A loss is a sum over rows in double. Each block sums what it worked on; a second kernel of one block adds the blocks'
// sums in their order, so that the result depends on the shape only.
#pragma once

#include "kernels/cuda/bodies/language.cuh"

namespace lockstep::kernels::LOCKSTEP_BODIES {

inline constexpr unsigned warp_threads = 32;
inline constexpr unsigned loss_threads = 256;
inline constexpr unsigned loss_warps = loss_threads / warp_threads;
inline constexpr unsigned all_lanes = 0xFFFFFFFFU;

/// Σ over the block's threads, in thread 0. Called by all threads, once in a kernel.
__device__ inline double sum_of_block(double value) {
  __shared__ double sums[loss_threads];
  sums[threadIdx.x] = value;
  for (unsigned half = loss_threads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
  }
  return threadIdx.x == 0 ? sums[0] : 0;
}

template <typename T>
__device__ T largest_of_warp(T value) {
  for (unsigned distance = warp_threads / 2; distance > 0; distance /= 2) {
    const T other = __shfl_xor_sync(all_lanes, value, distance);
    value = value < other ? other : value;
  }
  return value;
}

__device__ inline double sum_of_warp(double value) {
  for (unsigned distance = warp_threads / 2; distance > 0; distance /= 2)
    value += __shfl_xor_sync(all_lanes, value, distance);
  return value;
}

/// One warp a row; dlogits may be logits. A label that is no class makes the row's loss and gradient NaN.
template <typename T>
__global__ void softmax_cross_entropy(const T* logits, const std::int32_t* labels, T* dlogits, double* block_sums,
                                      std::size_t rows, std::size_t classes, double scale) {
  const unsigned lane = threadIdx.x % warp_threads;
  const std::size_t first_row = blockIdx.x * std::size_t{loss_warps} + threadIdx.x / warp_threads;
  double total = 0;
  for (std::size_t row = first_row; row < rows; row += std::size_t{loss_warps} * gridDim.x) {
    const T* z = logits + row * classes;
    T* dz = dlogits + row * classes;
    const std::int32_t label = labels[row];
    const bool is_class = label >= 0 && static_cast<std::size_t>(label) < classes;
    Wide<T> largest = z[0];
    for (std::size_t i = lane; i < classes; i += warp_threads) {
      const Wide<T> logit = z[i];
      largest = largest < logit ? logit : largest;
    }
    largest = largest_of_warp(largest);
    const double label_logit = is_class ? static_cast<double>(Wide<T>{z[label]}) - static_cast<double>(largest) : 0;
    __syncwarp();  // z may be dz, and another lane's element is the label's
    double normalizer = 0;
    for (std::size_t i = lane; i < classes; i += warp_threads)
      normalizer += static_cast<double>(exp(Wide<T>{z[i]} - largest));
    normalizer = sum_of_warp(normalizer);
    const double nan = 0.0 / 0.0;
    const auto factor = static_cast<Wide<T>>(is_class ? scale / normalizer : nan);
    for (std::size_t i = lane; i < classes; i += warp_threads) {
      const bool is_label = is_class && i == static_cast<std::size_t>(label);
      // Computed again: kept in dz it would be rounded to T in between.
      dz[i] = static_cast<T>(exp(Wide<T>{z[i]} - largest) * factor - (is_label ? static_cast<Wide<T>>(scale) : 0));
    }
    if (lane == 0) total += is_class ? log(normalizer) - label_logit : nan;
  }
  const double sum = sum_of_block(total);
  if (threadIdx.x == 0) block_sums[blockIdx.x] = sum;
}

/// doutputs may be outputs.
template <typename T>
__global__ void mean_squared_error(const T* outputs, const T* targets, T* doutputs, double* block_sums,
                                   std::size_t count, double scale) {
  const auto factor = static_cast<Wide<T>>(2 * scale);
  double total = 0;
  for (std::size_t i = first_index(); i < count; i += index_stride()) {
    const Wide<T> output = outputs[i];
    const Wide<T> target = targets[i];
    const double difference = static_cast<double>(output) - static_cast<double>(target);
    total += difference * difference;
    doutputs[i] = static_cast<T>(factor * (output - target));
  }
  const double sum = sum_of_block(total);
  if (threadIdx.x == 0) block_sums[blockIdx.x] = sum;
}

/// loss[0] (=|+=) scale · Σ block_sums. One block.
__global__ inline void finish_loss(const double* block_sums, double* loss, unsigned blocks, double scale,
                                   bool is_added) {
  double total = 0;
  for (unsigned i = threadIdx.x; i < blocks; i += loss_threads) total += block_sums[i];
  const double sum = sum_of_block(total);
  if (threadIdx.x == 0) loss[0] = (is_added ? loss[0] : 0) + scale * sum;
}

/// correct[0] += rows whose label has the largest logit, the first of equals. One thread a row.
template <typename T>
__global__ void add_correct(const T* logits, const std::int32_t* labels, std::int32_t* correct, std::size_t rows,
                            std::size_t classes) {
  for (std::size_t row = first_index(); row < rows; row += index_stride()) {
    const T* z = logits + row * classes;
    std::size_t largest = 0;
    for (std::size_t i = 1; i < classes; ++i)
      if (z[largest] < z[i]) largest = i;
    if (labels[row] >= 0 && static_cast<std::size_t>(labels[row]) == largest) atomicAdd(correct, 1);
  }
}

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
