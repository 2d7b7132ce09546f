// A launch, as the driver checks and queues it.
#pragma once

#include <driver_types.h>
#include <vector_types.h>

#include <cstddef>

#include "tests/doubles/fakecuda/calls.hpp"

namespace fakecuda {

struct Launch {
  const void* host_function;
  dim3 grid;
  dim3 block;
  void** arguments;
  std::size_t dynamic_shared;
  cudaStream_t stream;
};

/// Queues the kernel with a copy of its arguments, or says why it cannot run.
cudaError_t queue_launch(Call& call, const Launch& launch);

}  // namespace fakecuda
