// What a kernel body that was compiled for the host calls instead of the GPU's instructions. `line` is the source line
// of the call, by which threads that meet at different barriers are told apart.
#pragma once

#include <vector_types.h>

#include <cstddef>
#include <cstdint>

namespace fakecuda {

/// The values of CUDA's built-in variables for the running thread.
struct BuiltinVariables {
  uint3 thread;
  uint3 block;
  uint3 block_size;  // not dim3: a constant of a type with constructors counts as variable, and its reads would be seen
  uint3 grid_size;
};

/// __syncthreads
void wait_for_block(int line);
/// __syncwarp
void wait_for_warp(unsigned mask, int line);
/// __shfl_*_sync: the value that lane `source` of the warp brings to the same call.
std::uint64_t exchange(std::uint64_t value, unsigned source, unsigned mask, int line);
/// The running thread's number in its warp.
unsigned lane();
/// Checks what an atomic operation is about to touch.
void touch_atomically(void* address, std::size_t bytes);
/// The launch's dynamic shared memory.
void* dynamic_shared_memory();

}  // namespace fakecuda
