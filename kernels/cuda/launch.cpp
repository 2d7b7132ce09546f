#include "kernels/cuda/launch.hpp"

#include <string>

namespace lockstep::kernels::cuda {

void check_call(cudaError_t status, const char* call) {
  if (status == cudaSuccess) return;
  throw CudaLaunchError{std::string{call} + ": " + cudaGetErrorName(status) + " (" + cudaGetErrorString(status) + ")"};
}

void check_call(cublasStatus_t status, const char* call) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw CudaLaunchError{std::string{call} + ": " + cublasGetStatusName(status) + " (" + cublasGetStatusString(status) +
                        ")"};
}

void check_launch(const char* kernel) { check_call(cudaGetLastError(), kernel); }

}  // namespace lockstep::kernels::cuda
