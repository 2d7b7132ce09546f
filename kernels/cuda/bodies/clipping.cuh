// The formulas of kernels/clipping.hpp. Each block sums the squares of what it reads; a second kernel of one block adds
// the blocks' sums in their order. How many blocks there are depends on the number of gradients only.
#pragma once

#include "kernels/cuda/bodies/language.cuh"
#include "kernels/cuda/bodies/losses.cuh"

namespace lockstep::kernels::LOCKSTEP_BODIES {

template <typename T>
__global__ void sum_of_squares(const T* values, double* block_sums, std::size_t count) {
  double total = 0;
  for (std::size_t i = first_index(); i < count; i += index_stride()) {
    const double value = static_cast<double>(Wide<T>{values[i]});
    total += value * value;
  }
  const double sum = sum_of_block(total);
  if (threadIdx.x == 0) block_sums[blockIdx.x] = sum;
}

/// result: [2]. One block.
__global__ inline void finish_clip_factor(const double* block_sums, unsigned blocks, double max_norm, double epsilon,
                                          double* result) {
  double total = 0;
  for (unsigned i = threadIdx.x; i < blocks; i += loss_threads) total += block_sums[i];
  const double sum = sum_of_block(total);
  if (threadIdx.x != 0) return;
  const double norm = sqrt(sum);
  const double ratio = max_norm / (norm + epsilon);
  result[0] = norm;
  result[1] = ratio >= 1 ? 1 : ratio;  // NaN stays
}

template <typename T>
__global__ void apply_factor(T* values, const double* norm_and_factor, std::size_t count) {
  const double factor = norm_and_factor[1];
  if (factor == 1) return;
  for (std::size_t i = first_index(); i < count; i += index_stride())
    values[i] = static_cast<T>(static_cast<Wide<T>>(factor * static_cast<double>(Wide<T>{values[i]})));
}

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
