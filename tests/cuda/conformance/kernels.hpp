// The suite's kernels, launched by <<<>>>, which says of errors only to those who ask; no launch here asks.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>

namespace lockstep::conformance {

struct Launch {
  dim3 grid = {1};
  dim3 block = {1};
  std::size_t shared = 0;  // bytes of dynamic shared memory
  cudaStream_t stream = nullptr;
};

/// x[i] += value
void add(const Launch& launch, float* x, float value, std::size_t count);

/// to = 1.5, 2.5, 3, 4, 5, from a struct that is passed by value and changed as soon as the launch returns.
void store_numbers(const Launch& launch, float* to);

/// to[thread of the grid] = x + 10·y + 100·z of the thread + 1000·x + 10000·y + 100000·z of the block
void places(const Launch& launch, int* to);

/// Turns the x of one block around, at the end of `shared` bytes of shared memory.
void reverse(const Launch& launch, float* x);
/// For cudaFuncSetAttribute.
const void* reverse_function();

}  // namespace lockstep::conformance
