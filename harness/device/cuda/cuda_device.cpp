#include "harness/device/cuda/cuda_device.hpp"

#include <algorithm>

#include "harness/device/cuda/cuda_stream.hpp"

namespace lockstep::cuda {

void CudaDevice::attach_thread() {
  check(cudaSetDevice(context_->device()), "cudaSetDevice", context_->device());
  context_->anchor();
}

std::unique_ptr<Stream> CudaDevice::make_compute_stream() {
  context_->anchor();
  return std::make_unique<CudaStream>(context_);
}

std::optional<std::size_t> CudaDevice::outside_account() const {
  std::size_t free = 0;
  std::size_t total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo", context_->device());
  const std::size_t used = total - free;
  return used - std::min(used, account().total.current);
}

}  // namespace lockstep::cuda
