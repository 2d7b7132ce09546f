#include "harness/device/cuda/gpus.hpp"

#include <algorithm>

#include "harness/device/cuda/owned.hpp"

namespace lockstep::cuda {

void require_gpus(const std::vector<int>& gpus) {
  int present = 0;
  if (const cudaError_t status = cudaGetDeviceCount(&present); status != cudaSuccess)
    throw EnvironmentError{fmt::format("backend \"cuda\": {} ({}); run with backend \"cpu\"",
                                       cudaGetErrorString(status), cudaGetErrorName(status))};
  const int needed = *std::ranges::max_element(gpus) + 1;
  if (needed > present)
    throw EnvironmentError{
        fmt::format("backend \"cuda\": needs {} GPUs, {} present; a device_map lets ranks share one", needed, present)};
}

std::size_t share_of_free_memory(int gpu, std::size_t ranks) {
  const CurrentDevice current{gpu};
  std::size_t free = 0;
  std::size_t total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo", gpu);
  return free / 16 * 15 / ranks;
}

}  // namespace lockstep::cuda
