// How memory accesses reach the detectors, whoever makes them: instrumented kernels and host code, copies, cuBLAS,
// NCCL.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fakecuda {

struct Actor;  // a stream, or the host; clock.hpp

/// `atomic` accesses race with plain ones, not with each other.
enum class Access { read, write, atomic };

/// Who is executing on this thread: host code by default; set by the scheduler around a device operation.
struct Executing {
  Actor* actor = nullptr;
  int device = -1;              // -1: the host
  std::uint32_t operation = 0;  // its moment (shadow.hpp); 0: host code
  const char* name = "host code";
};
Executing& executing();  // thread-local

/// Position inside a running kernel, for races between its threads; null outside one. Set by the engine.
struct KernelThread {
  std::uint32_t block;       // linear index in the grid
  std::uint32_t thread;      // linear index in the block
  std::uint32_t phase;       // barriers that the block has passed
  std::uint32_t warp_phase;  // __syncwarps that the thread's warp has passed; they order the threads of one warp
};
const KernelThread*& kernel_thread();  // thread-local

/// Checks one access of the executing actor against allocations and shadow; reports findings. Cheap for addresses
/// outside the arena. Device operations run with the runtime's lock held; a host access takes it itself.
void access(const void* address, std::size_t bytes, Access kind);

/// Whether the fake handed out this address once: device memory or pinned host memory, alive or freed.
bool in_arena(const void* address);

}  // namespace fakecuda
