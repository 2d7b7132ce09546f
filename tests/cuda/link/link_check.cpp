// Linked with all objects of the CUDA backend and NVIDIA's own libraries instead of the late functions: a name that
// they do not have is an error of the linker. Needs no GPU.
#include <cublas_v2.h>
#include <cuda_runtime_api.h>
#include <nccl.h>

int main() {
  int nccl = 0;
  int cudart = 0;
  const bool works = ncclGetVersion(&nccl) == ncclSuccess && cudaRuntimeGetVersion(&cudart) == cudaSuccess &&
                     cublasGetStatusName(CUBLAS_STATUS_SUCCESS) != nullptr;
  return works ? 0 : 1;
}
