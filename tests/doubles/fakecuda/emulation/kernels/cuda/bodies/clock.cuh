// In place of the GPU's clock: one that the number of looks at it drives, so that a run repeats.
#pragma once

#include "kernels/cuda/bodies/language.cuh"

namespace lockstep::kernels::LOCKSTEP_BODIES {

/// Nanoseconds, a microsecond later at every call.
__attribute__((no_sanitize("thread"))) inline unsigned long long nanoseconds_now() {
  static unsigned long long now = 0;
  return now += 1000;
}

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
