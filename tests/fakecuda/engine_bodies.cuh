// Kernels for the proof of the engine: right ones, and the same with one fault each.
#pragma once

#include "kernels/cuda/bodies/language.cuh"

namespace lockstep::kernels::LOCKSTEP_BODIES {

__global__ inline void scale(const float* x, float* y, std::size_t count) {
  for (std::size_t i = first_index(); i < count; i += index_stride()) y[i] = 2 * x[i];
}

inline constexpr unsigned reduce_threads = 256;

/// sums[block] = Σ of the block's 256 numbers, by halves through shared memory.
__global__ inline void reduce(const float* x, float* sums) {
  __shared__ float partial[reduce_threads];
  partial[threadIdx.x] = x[blockIdx.x * reduce_threads + threadIdx.x];
  for (unsigned half = reduce_threads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) partial[threadIdx.x] += partial[threadIdx.x + half];
  }
  if (threadIdx.x == 0) sums[blockIdx.x] = partial[0];
}

/// The same by warps: shuffles, then the warps' sums through shared memory.
__global__ inline void reduce_by_warps(const float* x, float* sums) {
  __shared__ float partial[reduce_threads / 32];
  float sum = x[blockIdx.x * reduce_threads + threadIdx.x];
  for (unsigned distance = 16; distance > 0; distance /= 2) sum += __shfl_down_sync(0xFFFFFFFFU, sum, distance);
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x != 0) return;
  for (unsigned warp = 1; warp < reduce_threads / 32; ++warp) sum += partial[warp];
  sums[blockIdx.x] = sum;
}

inline constexpr unsigned tile = 32;
inline constexpr unsigned tile_rows = 8;

/// out[column, row] = in[row, column] of a square matrix of `size`, which need not be divisible by the tile.
__global__ inline void transpose(const float* in, float* out, unsigned size) {
  __shared__ float values[tile][tile + 1];
  const unsigned column = blockIdx.x * tile + threadIdx.x;
  for (unsigned row = threadIdx.y; row < tile; row += tile_rows)
    if (column < size && blockIdx.y * tile + row < size)
      values[row][threadIdx.x] = in[(blockIdx.y * tile + row) * size + column];
  __syncthreads();
  const unsigned out_column = blockIdx.y * tile + threadIdx.x;
  for (unsigned row = threadIdx.y; row < tile; row += tile_rows)
    if (out_column < size && blockIdx.x * tile + row < size)
      out[(blockIdx.x * tile + row) * size + out_column] = values[threadIdx.x][row];
}

/// Each warp turns its 32 numbers around in place, ordered by __syncwarp alone.
__global__ inline void reverse_in_warp(float* x) {
  __shared__ float values[reduce_threads];
  const unsigned first = threadIdx.x / 32 * 32;
  values[threadIdx.x] = x[threadIdx.x];
  __syncwarp();
  x[threadIdx.x] = values[first + 31 - threadIdx.x % 32];
}

/// found += how many numbers are negative; through dynamic shared memory and atomics.
__global__ inline void count_negative(const float* x, int* found, std::size_t count) {
#ifdef __CUDACC__
  extern __shared__ int counts[];
#else
  LOCKSTEP_DYNAMIC_SHARED(int, counts);
#endif
  if (threadIdx.x == 0) counts[0] = 0;
  __syncthreads();
  for (std::size_t i = first_index(); i < count; i += index_stride())
    if (x[i] < 0) atomicAdd(&counts[0], 1);
  __syncthreads();
  if (threadIdx.x == 0) atomicAdd(found, counts[0]);
}

/// Other bytes of one cell of the detectors, by different threads.
__global__ inline void copy_bytes(const unsigned char* x, unsigned char* y) {
  __shared__ unsigned char values[reduce_threads];
  values[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  y[threadIdx.x] = values[reduce_threads - 1 - threadIdx.x];
}

__global__ inline void barriers(unsigned count) {
  for (unsigned i = 0; i < count; ++i) __syncthreads();
}

__global__ inline void shuffles(unsigned count) {
  for (unsigned i = 0; i < count; ++i) __shfl_xor_sync(0xFFFFFFFFU, i, 1);
}

// The faults.

__global__ inline void reduce_without_barrier(const float* x, float* sums) {
  __shared__ float partial[reduce_threads];
  partial[threadIdx.x] = x[blockIdx.x * reduce_threads + threadIdx.x];
  __syncthreads();
  for (unsigned half = reduce_threads / 2; half > 0; half /= 2)
    if (threadIdx.x < half) partial[threadIdx.x] += partial[threadIdx.x + half];
  if (threadIdx.x == 0) sums[blockIdx.x] = partial[0];
}

__global__ inline void scale_one_too_many(const float* x, float* y, std::size_t count) {
  for (std::size_t i = first_index(); i <= count; i += index_stride()) y[i] = i < count ? 2 * x[i] : 0;
}

__global__ inline void read_of_unwritten_shared(const float* x, float* y) {
  __shared__ float values[reduce_threads];
  if (threadIdx.x != 7) values[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  y[threadIdx.x] = values[threadIdx.x ^ 1U];
}

/// Every thread writes the same value: no result shows it.
__global__ inline void same_value_race(const float* x, float* y) {
  __shared__ float value;
  value = x[0];
  __syncthreads();
  y[threadIdx.x] = value;
}

__global__ inline void blocks_share_a_cell(const float* x, float* y) {
  if (threadIdx.x == 0) y[blockIdx.x / 2] = x[0];
}

__global__ inline void threads_share_a_cell(const float* x, float* y) { y[threadIdx.x / 2] = x[0]; }

__global__ inline void return_before_barrier(const float* x, float* y) {
  __shared__ float values[reduce_threads];
  if (threadIdx.x >= 200) return;
  values[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  y[threadIdx.x] = values[199 - threadIdx.x];
}

__global__ inline void two_barriers(const float* x, float* y) {
  if (threadIdx.x < 128) {
    y[threadIdx.x] = x[threadIdx.x];
    __syncthreads();
  } else {
    __syncthreads();
    y[threadIdx.x] = x[threadIdx.x];
  }
}

__global__ inline void part_of_a_warp_shuffles(const float* x, float* y) {
  float value = x[threadIdx.x];
  if (threadIdx.x % 32 < 16) value += __shfl_xor_sync(0xFFFFFFFFU, value, 16);
  __syncthreads();
  y[threadIdx.x] = value;
}

__global__ inline void reverse_in_warp_without_sync(float* x) {
  __shared__ float values[reduce_threads];
  const unsigned first = threadIdx.x / 32 * 32;
  values[threadIdx.x] = x[threadIdx.x];
  x[threadIdx.x] = values[first + 31 - threadIdx.x % 32];
}

__global__ inline void count_without_atomic(const float* x, int* found) {
  if (x[threadIdx.x] < 0) *found += 1;
}

__global__ inline void write_through_host_pointer(float* y) { y[threadIdx.x] = 1; }

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
