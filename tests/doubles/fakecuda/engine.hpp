// Kernel bodies compiled for the host, and what executes them.
#pragma once

#include <driver_types.h>
#include <vector_types.h>

#include <cstddef>
#include <string_view>

namespace fakecuda {

struct KernelBody {
  void (*call)(void** arguments);     // one thread of the kernel
  const std::size_t* argument_bytes;  // of each argument
  int arguments;
};

/// By the demangled name without namespaces and parameters, "relu_forward<float>"; null when there is none.
const KernelBody* find_body(std::string_view name);

/// Executes the whole grid on the calling thread, which holds the runtime's lock and is executing() the operation.
/// cudaErrorIllegalAddress: a thread left device memory and the rest of the grid did not run, as on a GPU, where every
/// later call fails then.
cudaError_t run_kernel(const KernelBody& body, dim3 grid, dim3 block, void** arguments, std::size_t dynamic_shared);

}  // namespace fakecuda
