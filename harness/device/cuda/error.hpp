// Failures of CUDA and NCCL calls as exceptions.
#pragma once

#include <cuda_runtime_api.h>
#include <nccl.h>

#include <cstddef>
#include <string>

#include "harness/base/error.hpp"

namespace lockstep::cuda {

/// A call of the CUDA runtime that failed, or one that reports the failure of work queued before it.
class CudaError : public RunError {
 public:
  CudaError(cudaError_t status, const std::string& message) : RunError{message}, status_{status} {}
  [[nodiscard]] cudaError_t status() const { return status_; }

 private:
  cudaError_t status_;
};

class NcclError : public RunError {
 public:
  NcclError(ncclResult_t status, const std::string& message) : RunError{message}, status_{status} {}
  [[nodiscard]] ncclResult_t status() const { return status_; }

 private:
  ncclResult_t status_;
};

/// Throws CudaError "CALL on cuda:DEVICE (BYTES bytes): NAME (text)" unless the call succeeded.
void check(cudaError_t status, const char* call, int device, std::size_t bytes = 0);
/// Throws NcclError likewise.
void check(ncclResult_t status, const char* call, int device, std::size_t bytes = 0);

}  // namespace lockstep::cuda
