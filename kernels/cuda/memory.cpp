#include "kernels/cuda/memory.hpp"

#include "kernels/check.hpp"
#include "kernels/cuda/launch.hpp"

namespace lockstep::kernels {

void zero(const CudaQueue& queue, std::span<std::byte> bytes) {
  if (bytes.empty()) return;
  cuda::check_call(cudaMemsetAsync(bytes.data(), 0, bytes.size(), queue.stream), "cudaMemsetAsync");
}

void copy(const CudaQueue& queue, std::span<const std::byte> from, std::span<std::byte> to) {
  check_size("copy", "to", to.size(), from.size());
  if (to.empty()) return;
  cuda::check_call(cudaMemcpyAsync(to.data(), from.data(), to.size(), cudaMemcpyDeviceToDevice, queue.stream),
                   "cudaMemcpyAsync");
}

}  // namespace lockstep::kernels
