#pragma once

#include "kernels/cuda/bodies/language.cuh"

namespace lockstep::kernels::LOCKSTEP_BODIES {

/// u of kernels/gelu.hpp.
template <typename T>
__device__ T gelu_inner(T x, T outer, T cubic) {
  return outer * (x + cubic * x * x * x);
}

template <typename T>
__global__ void gelu_forward(const T* x, T* y, std::size_t count, T outer, T cubic) {
  for (std::size_t i = first_index(); i < count; i += index_stride())
    y[i] = static_cast<T>(0.5) * x[i] * (T{1} + tanh(gelu_inner(x[i], outer, cubic)));
}

/// dx may be dy.
template <typename T>
__global__ void gelu_backward(const T* x, const T* dy, T* dx, std::size_t count, T outer, T cubic) {
  for (std::size_t i = first_index(); i < count; i += index_stride()) {
    const T t = tanh(gelu_inner(x[i], outer, cubic));
    const T slope = outer * (T{1} + T{3} * cubic * x[i] * x[i]);
    dx[i] = dy[i] * static_cast<T>(0.5) * (T{1} + t + x[i] * (T{1} - t * t) * slope);
  }
}

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
