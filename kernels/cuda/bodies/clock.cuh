// The GPU's clock. The emulation has a file of its own in front of this one.
#pragma once

#include "kernels/cuda/bodies/language.cuh"

namespace lockstep::kernels::LOCKSTEP_BODIES {

/// Nanoseconds since a point that is fixed while the GPU is up; ticks once a microsecond on some GPUs.
__device__ inline unsigned long long nanoseconds_now() {
  unsigned long long now = 0;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
  return now;
}

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
