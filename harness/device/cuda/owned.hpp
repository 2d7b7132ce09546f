// Ownership of CUDA's and NCCL's handles, and the device that is current.
#pragma once

#include <cuda_runtime_api.h>

#include <utility>

#include "harness/device/cuda/error.hpp"

namespace lockstep::cuda {

/// Owns a handle. A failure to destroy it is ignored: a destructor has nobody to tell, and the handle is gone either
/// way.
template <typename Handle, auto destroy>
class Owned {
 public:
  Owned() = default;
  explicit Owned(Handle handle) : handle_{handle} {}
  Owned(Owned&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Owned() {
    if (handle_ != nullptr) (void)destroy(handle_);
  }

  [[nodiscard]] Handle get() const { return handle_; }
  [[nodiscard]] Handle release() { return std::exchange(handle_, nullptr); }

 private:
  Handle handle_ = nullptr;
};

using OwnedStream = Owned<cudaStream_t, cudaStreamDestroy>;
using OwnedEvent = Owned<cudaEvent_t, cudaEventDestroy>;
using OwnedGraph = Owned<cudaGraph_t, cudaGraphDestroy>;
using OwnedGraphExec = Owned<cudaGraphExec_t, cudaGraphExecDestroy>;
using OwnedMemory = Owned<void*, cudaFree>;
using OwnedPinned = Owned<void*, cudaFreeHost>;

/// cudaSuccess, cudaErrorNotReady or a failure. CUDA keeps "not ready" as its last error, where the check after the
/// next launch would find it.
inline cudaError_t query(cudaEvent_t event) {
  const cudaError_t status = cudaEventQuery(event);
  if (status == cudaErrorNotReady) (void)cudaGetLastError();
  return status;
}
inline cudaError_t query(cudaStream_t stream) {
  const cudaError_t status = cudaStreamQuery(stream);
  if (status == cudaErrorNotReady) (void)cudaGetLastError();
  return status;
}

/// Makes a device the calling thread's current one for a scope.
class CurrentDevice {
 public:
  explicit CurrentDevice(int device) {
    check(cudaGetDevice(&previous_), "cudaGetDevice", device);
    is_changed_ = previous_ != device;
    if (is_changed_) check(cudaSetDevice(device), "cudaSetDevice", device);
  }
  ~CurrentDevice() {
    if (is_changed_) (void)cudaSetDevice(previous_);
  }
  CurrentDevice(const CurrentDevice&) = delete;
  CurrentDevice& operator=(const CurrentDevice&) = delete;

 private:
  int previous_ = 0;
  bool is_changed_ = false;
};

}  // namespace lockstep::cuda
