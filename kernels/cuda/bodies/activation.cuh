#pragma once

#include "kernels/cuda/bodies/language.cuh"

namespace lockstep::kernels::LOCKSTEP_BODIES {

// Elements of type T are read as Wide<T>, in which everything is computed, and rounded to T when they are written.

template <typename T>
__global__ void relu_forward(const T* x, T* y, std::size_t count) {
  for (std::size_t i = first_index(); i < count; i += index_stride()) {
    const Wide<T> value = x[i];
    y[i] = static_cast<T>(value < 0 ? Wide<T>{0} : value);
  }
}

template <typename T>
__global__ void relu_backward(const T* y, const T* dy, T* dx, std::size_t count) {
  for (std::size_t i = first_index(); i < count; i += index_stride()) {
    const Wide<T> gradient = dy[i];
    dx[i] = static_cast<T>(Wide<T>{y[i]} <= 0 ? Wide<T>{0} : gradient);
  }
}

template <typename T>
__global__ void tanh_forward(const T* x, T* y, std::size_t count) {
  for (std::size_t i = first_index(); i < count; i += index_stride()) y[i] = static_cast<T>(tanh(Wide<T>{x[i]}));
}

template <typename T>
__global__ void tanh_backward(const T* y, const T* dy, T* dx, std::size_t count) {
  for (std::size_t i = first_index(); i < count; i += index_stride()) {
    const Wide<T> value = y[i];
    dx[i] = static_cast<T>(Wide<T>{dy[i]} * (Wide<T>{1} - value * value));
  }
}

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
