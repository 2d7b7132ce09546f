// A block a position of a head. Sums over a head's width and over positions are one thread's or a tree over the block's
// threads, so that their order depends on the shape only.
#pragma once

#include "kernels/cuda/bodies/language.cuh"

namespace lockstep::kernels::LOCKSTEP_BODIES {

inline constexpr unsigned attention_threads = 64;

/// A head's place in a batch.
struct Heads {
  std::size_t positions, heads, depth;

  __device__ std::size_t width() const { return heads * depth; }
  /// First elements of position `i` of the block's head: of its queries in qkv, of its y.
  __device__ std::size_t in(std::size_t head, std::size_t i) const {
    return ((head / heads) * positions + i) * 3 * width() + head % heads * depth;
  }
  __device__ std::size_t out(std::size_t head, std::size_t i) const {
    return ((head / heads) * positions + i) * width() + head % heads * depth;
  }
  __device__ std::size_t row(std::size_t head, std::size_t i) const { return (head * positions + i) * positions; }
};

/// Σ over the block's threads, in all threads; `room` is shared. Called by all threads.
__device__ inline double attention_sum(double value, double* room) {
  __syncthreads();  // what was there before is read
  room[threadIdx.x] = value;
  for (unsigned half = attention_threads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) room[threadIdx.x] += room[threadIdx.x + half];
  }
  __syncthreads();
  return room[0];
}

__device__ inline double attention_largest(double value, double* room) {
  __syncthreads();
  room[threadIdx.x] = value;
  for (unsigned half = attention_threads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half && room[threadIdx.x] < room[threadIdx.x + half])
      room[threadIdx.x] = room[threadIdx.x + half];
  }
  __syncthreads();
  return room[0];
}

/// Σ over `depth` of a·b.
template <typename T>
__device__ T product_of_heads(const T* a, const T* b, std::size_t depth) {
  T sum{0};
  for (std::size_t k = 0; k < depth; ++k) sum += a[k] * b[k];
  return sum;
}

/// Block: query i = blockIdx.x % positions of head blockIdx.x / positions.
template <typename T>
__global__ void attention_forward(const T* qkv, T* probabilities, T* y, Heads of, T scale) {
  __shared__ double room[attention_threads];
  const std::size_t head = blockIdx.x / of.positions, i = blockIdx.x % of.positions;
  T* p = probabilities + of.row(head, i);
  double largest = 0;
  for (std::size_t j = threadIdx.x; j < of.positions; j += attention_threads) {
    p[j] = j <= i ? product_of_heads(qkv + of.in(head, i), qkv + of.in(head, j) + of.width(), of.depth) : T{0};
    if (j <= i && (j == threadIdx.x || largest < static_cast<double>(p[j]))) largest = static_cast<double>(p[j]);
  }
  // A thread without a position of its own repeats the first one's score.
  if (threadIdx.x > i)
    largest = static_cast<double>(product_of_heads(qkv + of.in(head, i), qkv + of.in(head, 0) + of.width(), of.depth));
  const T top = static_cast<T>(attention_largest(largest, room));
  double mine = 0;
  for (std::size_t j = threadIdx.x; j <= i; j += attention_threads) {
    p[j] = exp((p[j] - top) * scale);
    mine += static_cast<double>(p[j]);
  }
  const T factor = static_cast<T>(1 / attention_sum(mine, room));
  for (std::size_t j = threadIdx.x; j <= i; j += attention_threads) p[j] *= factor;
  __syncthreads();
  for (std::size_t k = threadIdx.x; k < of.depth; k += attention_threads) {
    T sum{0};
    for (std::size_t j = 0; j <= i; ++j) sum += p[j] * qkv[of.in(head, j) + 2 * of.width() + k];
    y[of.out(head, i) + k] = sum;
  }
}

/// dV. Block: key j.
template <typename T>
__global__ void attention_backward_values(const T* dy, const T* probabilities, T* dqkv, Heads of) {
  const std::size_t head = blockIdx.x / of.positions, j = blockIdx.x % of.positions;
  for (std::size_t k = threadIdx.x; k < of.depth; k += attention_threads) {
    T sum{0};
    for (std::size_t i = j; i < of.positions; ++i) sum += probabilities[of.row(head, i) + j] * dy[of.out(head, i) + k];
    dqkv[of.in(head, j) + 2 * of.width() + k] = sum;
  }
}

/// dQ; the probabilities become the gradient by the scores. Block: query i.
template <typename T>
__global__ void attention_backward_queries(const T* qkv, const T* dy, T* probabilities, T* dqkv, Heads of, T scale) {
  __shared__ double room[attention_threads];
  const std::size_t head = blockIdx.x / of.positions, i = blockIdx.x % of.positions;
  T* p = probabilities + of.row(head, i);
  const T* doutput = dy + of.out(head, i);
  const T* values = qkv + of.in(head, 0) + 2 * of.width();
  const std::size_t stride = 3 * of.width();
  double mine = 0;
  for (std::size_t j = threadIdx.x; j <= i; j += attention_threads)
    mine += static_cast<double>(p[j]) * static_cast<double>(product_of_heads(doutput, values + j * stride, of.depth));
  const T mean = static_cast<T>(attention_sum(mine, room));
  for (std::size_t j = threadIdx.x; j <= i; j += attention_threads)
    p[j] *= (product_of_heads(doutput, values + j * stride, of.depth) - mean) * scale;
  __syncthreads();
  for (std::size_t k = threadIdx.x; k < of.depth; k += attention_threads) {
    T sum{0};
    for (std::size_t j = 0; j <= i; ++j) sum += p[j] * qkv[of.in(head, j) + of.width() + k];
    dqkv[of.in(head, i) + k] = sum;
  }
}

/// dK, of the gradient by the scores. Block: key j.
template <typename T>
__global__ void attention_backward_keys(const T* qkv, const T* dscores, T* dqkv, Heads of) {
  const std::size_t head = blockIdx.x / of.positions, j = blockIdx.x % of.positions;
  for (std::size_t k = threadIdx.x; k < of.depth; k += attention_threads) {
    T sum{0};
    for (std::size_t i = j; i < of.positions; ++i) sum += dscores[of.row(head, i) + j] * qkv[of.in(head, i) + k];
    dqkv[of.in(head, j) + of.width() + k] = sum;
  }
}

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
