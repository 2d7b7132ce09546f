#pragma once

#include "kernels/cuda/bodies/language.cuh"

namespace lockstep::kernels::LOCKSTEP_BODIES {

inline constexpr int most_arrays = 64;

/// Arrays by value: a kernel's parameters travel with its launch.
template <typename T>
struct Arrays {
  const T* inputs[most_arrays];
  T* outputs[most_arrays];
  int input_count;
  int output_count;
};

/// outputs[j][i] ← ((inputs[0][i] + inputs[1][i]) + inputs[2][i]) + …; an output may be an input.
template <typename T>
__global__ void sum_in_order(Arrays<T> arrays, std::size_t count) {
  for (std::size_t i = first_index(); i < count; i += index_stride()) {
    Wide<T> sum = arrays.inputs[0][i];
    for (int input = 1; input < arrays.input_count; ++input) sum += Wide<T>{arrays.inputs[input][i]};
    for (int output = 0; output < arrays.output_count; ++output) arrays.outputs[output][i] = static_cast<T>(sum);
  }
}

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
