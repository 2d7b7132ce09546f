// The names of cuBLAS's status codes and what it says of them, as the library has them.
#include <cublas_v2.h>

extern "C" {

const char* cublasGetStatusName(cublasStatus_t status) {
#define FAKECUDA_NAME(code) \
  case code:                \
    return #code
  switch (status) {
    FAKECUDA_NAME(CUBLAS_STATUS_SUCCESS);
    FAKECUDA_NAME(CUBLAS_STATUS_NOT_INITIALIZED);
    FAKECUDA_NAME(CUBLAS_STATUS_ALLOC_FAILED);
    FAKECUDA_NAME(CUBLAS_STATUS_INVALID_VALUE);
    FAKECUDA_NAME(CUBLAS_STATUS_ARCH_MISMATCH);
    FAKECUDA_NAME(CUBLAS_STATUS_MAPPING_ERROR);
    FAKECUDA_NAME(CUBLAS_STATUS_EXECUTION_FAILED);
    FAKECUDA_NAME(CUBLAS_STATUS_INTERNAL_ERROR);
    FAKECUDA_NAME(CUBLAS_STATUS_NOT_SUPPORTED);
    FAKECUDA_NAME(CUBLAS_STATUS_LICENSE_ERROR);
  }
#undef FAKECUDA_NAME
  return "unrecognized status";
}

const char* cublasGetStatusString(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "success";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "the library was not initialized";
    case CUBLAS_STATUS_ALLOC_FAILED:
      return "the resource allocation failed";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "an unsupported value or parameter was passed to the function";
    case CUBLAS_STATUS_ARCH_MISMATCH:
      return "the function requires an architectural feature absent from the device";
    case CUBLAS_STATUS_MAPPING_ERROR:
      return "an access to GPU memory space failed";
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return "the function failed to launch on the GPU";
    case CUBLAS_STATUS_INTERNAL_ERROR:
      return "an internal operation failed";
    case CUBLAS_STATUS_NOT_SUPPORTED:
      return "the requested functionality is not supported";
    case CUBLAS_STATUS_LICENSE_ERROR:
      return "the license check failed";
  }
  return "unrecognized status";
}

}  // extern "C"
