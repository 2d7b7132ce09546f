// A planted fault, linked in front of CUDA: queries say that the device is done. Whoever believes them reads what the
// device is still writing.
#include <cuda_runtime_api.h>

extern "C" {

cudaError_t __wrap_cudaStreamQuery(cudaStream_t) { return cudaSuccess; }
cudaError_t __wrap_cudaEventQuery(cudaEvent_t) { return cudaSuccess; }

}  // extern "C"
