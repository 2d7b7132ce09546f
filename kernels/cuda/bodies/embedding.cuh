#pragma once

#include "kernels/cuda/bodies/language.cuh"

namespace lockstep::kernels::LOCKSTEP_BODIES {

inline constexpr unsigned token_threads = 128;

/// A token outside of the table becomes NaN.
template <typename T>
__global__ void embedding_forward(const std::int32_t* tokens, const T* table, T* y, std::size_t table_rows,
                                  std::size_t width, std::size_t count) {
  for (std::size_t i = first_index(); i < count; i += index_stride()) {
    const std::int32_t token = tokens[i / width];
    const bool is_there = token >= 0 && static_cast<std::size_t>(token) < table_rows;
    y[i] = is_there ? table[static_cast<std::size_t>(token) * width + i % width] : static_cast<T>(0.0 / 0.0);
  }
}

/// A block a row of the table: it looks for its token in all of the batch, in order. The tokens go through shared
/// memory, so that each is read once a block.
template <typename T>
__global__ void embedding_backward(const std::int32_t* tokens, const T* dy, T* dtable, std::size_t count,
                                   std::size_t width, bool is_added) {
  __shared__ std::int32_t tile[token_threads];
  const std::int32_t mine = static_cast<std::int32_t>(blockIdx.x);
  for (std::size_t first_column = 0; first_column < width; first_column += token_threads) {
    const std::size_t column = first_column + threadIdx.x;
    const std::size_t at = static_cast<std::size_t>(blockIdx.x) * width + column;
    T sum = is_added && column < width ? dtable[at] : T{0};
    for (std::size_t first = 0; first < count; first += token_threads) {
      __syncthreads();  // the tile before is done with
      tile[threadIdx.x] = first + threadIdx.x < count ? tokens[first + threadIdx.x] : -1;
      __syncthreads();
      for (unsigned i = 0; i < token_threads; ++i)
        if (tile[i] == mine && column < width) sum += dy[(first + i) * width + column];
    }
    if (column < width) dtable[at] = sum;
  }
}

/// y may be x.
template <typename T>
__global__ void add_table(const T* x, const T* table, T* y, std::size_t table_size, std::size_t count) {
  for (std::size_t i = first_index(); i < count; i += index_stride()) y[i] = x[i] + table[i % table_size];
}

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
