// Things that concern all of a device at once.
#pragma once

#include "tests/doubles/fakecuda/calls.hpp"

namespace fakecuda {

/// Waits for everything that is queued on the device now.
void wait_for_device(Call& call, int device);

/// Gives back the memory of an allocation.
void release(Runtime& runtime, Allocation& allocation);

/// What cudaDeviceReset does: frees the device's memory and destroys its streams and events.
void release_everything_of(Runtime& runtime, int device);

}  // namespace fakecuda
