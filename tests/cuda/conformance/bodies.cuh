// The kernels of the conformance suite: the least with which launches can be observed.
#pragma once

#include "kernels/cuda/bodies/language.cuh"

// Dynamic shared memory; the emulation has a definition of its own.
#ifndef LOCKSTEP_DYNAMIC_SHARED
#define LOCKSTEP_DYNAMIC_SHARED(type, name) extern __shared__ type name[]
#endif

namespace lockstep::conformance {

/// Passed by value.
struct Numbers {
  float first;
  double second;
  int third[3];
};

}  // namespace lockstep::conformance

namespace lockstep::conformance::LOCKSTEP_BODIES {

__global__ inline void conformance_add(float* x, float value, std::size_t count) {
  const std::size_t i = blockIdx.x * std::size_t{blockDim.x} + threadIdx.x;
  if (i < count) x[i] += value;
}

__global__ inline void conformance_store(float* to, Numbers numbers) {
  to[0] = numbers.first;
  to[1] = static_cast<float>(numbers.second);
  for (int i = 0; i < 3; ++i) to[2 + i] = static_cast<float>(numbers.third[i]);
}

/// Each of the grid's threads has one number: the sum of its six coordinates, each with a decimal place of its own.
__global__ inline void conformance_places(int* to) {
  const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  const unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  to[block * (blockDim.x * blockDim.y * blockDim.z) + thread] =
      static_cast<int>(threadIdx.x + 10 * threadIdx.y + 100 * threadIdx.z + 1000 * blockIdx.x + 10000 * blockIdx.y +
                       100000 * blockIdx.z);
}

/// Turns x around through dynamic shared memory, of which it uses the last blockDim.x of `places` numbers.
__global__ inline void conformance_reverse(float* x, unsigned places) {
  LOCKSTEP_DYNAMIC_SHARED(float, values);
  const unsigned first = places - blockDim.x;
  values[first + threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  x[threadIdx.x] = values[first + blockDim.x - 1 - threadIdx.x];
}

}  // namespace lockstep::conformance::LOCKSTEP_BODIES
