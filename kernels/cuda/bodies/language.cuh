// What every kernel body starts with. Bodies are compiled twice: by nvcc, and for the host by the tests' emulation,
// which defines LOCKSTEP_BODIES and CUDA's keywords before this file is read.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/bfloat16.hpp"

#ifndef LOCKSTEP_BODIES
#include <cuda_runtime.h>
#define LOCKSTEP_BODIES device
#endif

namespace lockstep::kernels::LOCKSTEP_BODIES {

/// Position in a grid-stride loop: for (i = first_index(); i < count; i += index_stride()).
__device__ inline std::size_t first_index() { return blockIdx.x * std::size_t{blockDim.x} + threadIdx.x; }
__device__ inline std::size_t index_stride() { return std::size_t{blockDim.x} * gridDim.x; }

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
