#include "harness/device/cuda/error.hpp"

namespace lockstep::cuda {
namespace {

std::string place_of(const char* call, int device, std::size_t bytes) {
  return bytes > 0 ? fmt::format("{} of {} bytes on cuda:{}", call, bytes, device)
                   : fmt::format("{} on cuda:{}", call, device);
}

}  // namespace

void check(cudaError_t status, const char* call, int device, std::size_t bytes) {
  if (status == cudaSuccess) return;
  (void)cudaGetLastError();  // this failure is told here; it must not be blamed on a later launch
  throw CudaError{status, fmt::format("{}: {} ({})", place_of(call, device, bytes), cudaGetErrorName(status),
                                      cudaGetErrorString(status))};
}

void check(ncclResult_t status, const char* call, int device, std::size_t bytes) {
  if (status == ncclSuccess) return;
  throw NcclError{status, fmt::format("{}: {}", place_of(call, device, bytes), ncclGetErrorString(status))};
}

}  // namespace lockstep::cuda
