// What every launcher does around its kernel. For .cu files and callers of cuBLAS.
#pragma once

#include <cublas_v2.h>
#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstddef>

#include "kernels/cuda/queue.hpp"

namespace lockstep::kernels::cuda {

/// Threads of a block of an element-wise kernel.
inline constexpr unsigned block_threads = 256;

/// Blocks of a grid-stride loop over `count` > 0 elements: more than any GPU runs at a time, few enough to launch
/// quickly.
inline unsigned grid_for(std::size_t count) {
  constexpr std::size_t most_blocks = 4096;
  return static_cast<unsigned>(std::min((count + block_threads - 1) / block_threads, most_blocks));
}

/// After each launch: throws CudaLaunchError when it was refused.
void check_launch(const char* kernel);
/// Throws CudaLaunchError unless the call succeeded.
void check_call(cudaError_t status, const char* call);
void check_call(cublasStatus_t status, const char* call);

}  // namespace lockstep::kernels::cuda
