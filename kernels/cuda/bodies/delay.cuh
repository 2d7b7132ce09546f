// A device that is slower than it is: time stamps around a kernel, and a wait behind it.
#pragma once

#include "kernels/cuda/bodies/clock.cuh"
#include "kernels/cuda/bodies/language.cuh"

namespace lockstep::kernels::LOCKSTEP_BODIES {

__global__ inline void note_time(unsigned long long* start) { *start = nanoseconds_now(); }

/// Ends when (factor − 1) times as long has passed as between `start` and the begin of this kernel. One thread.
__global__ inline void wait_longer(const unsigned long long* start, double factor) {
  const unsigned long long begin = nanoseconds_now();
  const double rest = (factor - 1) * static_cast<double>(begin - *start);
  while (static_cast<double>(nanoseconds_now() - begin) < rest) {
  }
}

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
