#pragma once

#include "kernels/cuda/bodies/language.cuh"

namespace lockstep::kernels::LOCKSTEP_BODIES {

/// y[row, column] ← bias[column].
template <typename T>
__global__ void fill_rows(const T* bias, T* y, std::size_t columns, std::size_t count) {
  for (std::size_t i = first_index(); i < count; i += index_stride()) y[i] = bias[i % columns];
}

inline constexpr unsigned sum_columns = 32;  // of a block: blockDim.x
inline constexpr unsigned sum_lanes = 8;     // row sums of a block side by side: blockDim.y

/// sums[column] (=|+=) Σ over rows of values[row, column]: each lane adds every sum_lanes-th row, then the lanes are
/// added in order. The order depends on `rows` only.
template <typename T>
__global__ void sum_rows(const T* values, T* sums, std::size_t rows, std::size_t columns, bool is_added) {
  __shared__ Wide<T> partial[sum_lanes][sum_columns];
  const std::size_t column = blockIdx.x * std::size_t{sum_columns} + threadIdx.x;
  Wide<T> sum{0};
  if (column < columns)
    for (std::size_t row = threadIdx.y; row < rows; row += sum_lanes) sum += Wide<T>{values[row * columns + column]};
  partial[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y != 0 || column >= columns) return;
  for (unsigned lane = 1; lane < sum_lanes; ++lane) sum += partial[lane][threadIdx.x];
  sums[column] = static_cast<T>(is_added ? Wide<T>{sums[column]} + sum : sum);
}

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
