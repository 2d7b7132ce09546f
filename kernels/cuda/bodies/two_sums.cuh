// Two sums over a block's threads, as a tree, so that their order depends on the number of threads only.
#pragma once

#include "kernels/cuda/bodies/language.cuh"

namespace lockstep::kernels::LOCKSTEP_BODIES {

struct TwoSums {
  double first, second;
};

/// Of the block's `threads`, a power of two; in all of them. Called by all, once in a kernel.
template <unsigned threads>
__device__ TwoSums two_sums_of_block(TwoSums mine) {
  __shared__ double first[threads];
  __shared__ double second[threads];
  first[threadIdx.x] = mine.first;
  second[threadIdx.x] = mine.second;
  for (unsigned half = threads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x >= half) continue;
    first[threadIdx.x] += first[threadIdx.x + half];
    second[threadIdx.x] += second[threadIdx.x + half];
  }
  __syncthreads();
  return {first[0], second[0]};
}

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
