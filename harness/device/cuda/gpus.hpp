// The GPUs that a world asks for.
#pragma once

#include <cstddef>
#include <vector>

namespace lockstep::cuda {

/// Throws EnvironmentError when CUDA does not work or one of them is not there.
void require_gpus(const std::vector<int>& gpus);

/// Bytes: an equal share of what is free on the GPU for each of the `ranks` that use it, with room for what libraries
/// take.
std::size_t share_of_free_memory(int gpu, std::size_t ranks);

}  // namespace lockstep::cuda
