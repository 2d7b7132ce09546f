#pragma once

#include "kernels/cuda/bodies/language.cuh"
#include "kernels/dropout.hpp"

namespace lockstep::kernels::LOCKSTEP_BODIES {

/// A thread four elements of a row; y may be x.
template <typename T>
__global__ void dropout(const T* x, T* y, std::size_t rows, std::size_t row_size, std::size_t first_row,
                        std::uint64_t seed, std::uint32_t layer, std::uint64_t step, std::uint32_t threshold, T scale) {
  const std::size_t groups = (row_size + 3) / 4;
  for (std::size_t i = first_index(); i < rows * groups; i += index_stride()) {
    const std::size_t row = i / groups, group = i % groups;
    const PhiloxWords words = dropout_words(seed, layer, step, first_row + row, group);
    for (std::size_t k = 0; k < 4 && 4 * group + k < row_size; ++k) {
      const std::size_t at = row * row_size + 4 * group + k;
      y[at] = words.word[k] < threshold ? T{0} : x[at] * scale;
    }
  }
}

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
