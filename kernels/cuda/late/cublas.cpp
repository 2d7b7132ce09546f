#include <cublas_v2.h>

#include "kernels/cuda/late/late_symbol.hpp"

namespace {

constexpr const char* library = "libcublas.so.13";
constexpr cublasStatus_t missing = CUBLAS_STATUS_NOT_SUPPORTED;
constexpr const char* missing_text = "libcublas.so.13 is not on this machine";

}  // namespace

LOCKSTEP_LATE(library, cublasStatus_t, cublasCreate_v2, (cublasHandle_t * handle), (handle), missing)
LOCKSTEP_LATE(library, cublasStatus_t, cublasDestroy_v2, (cublasHandle_t handle), (handle), missing)
LOCKSTEP_LATE(library, cublasStatus_t, cublasGetProperty, (libraryPropertyType property, int* value), (property, value),
              missing)
LOCKSTEP_LATE(library, cublasStatus_t, cublasSetStream_v2, (cublasHandle_t handle, cudaStream_t stream),
              (handle, stream), missing)
LOCKSTEP_LATE(library, cublasStatus_t, cublasSetMathMode, (cublasHandle_t handle, cublasMath_t mode), (handle, mode),
              missing)
LOCKSTEP_LATE(library, cublasStatus_t, cublasSetWorkspace_v2, (cublasHandle_t handle, void* memory, size_t bytes),
              (handle, memory, bytes), missing)
LOCKSTEP_LATE(library, const char*, cublasGetStatusName, (cublasStatus_t status), (status), missing_text)
LOCKSTEP_LATE(library, const char*, cublasGetStatusString, (cublasStatus_t status), (status), missing_text)
LOCKSTEP_LATE(library, cublasStatus_t, cublasSgemm_v2,
              (cublasHandle_t handle, cublasOperation_t a_as, cublasOperation_t b_as, int m, int n, int k,
               const float* alpha, const float* a, int stride_a, const float* b, int stride_b, const float* beta,
               float* c, int stride_c),
              (handle, a_as, b_as, m, n, k, alpha, a, stride_a, b, stride_b, beta, c, stride_c), missing)
LOCKSTEP_LATE(library, cublasStatus_t, cublasDgemm_v2,
              (cublasHandle_t handle, cublasOperation_t a_as, cublasOperation_t b_as, int m, int n, int k,
               const double* alpha, const double* a, int stride_a, const double* b, int stride_b, const double* beta,
               double* c, int stride_c),
              (handle, a_as, b_as, m, n, k, alpha, a, stride_a, b, stride_b, beta, c, stride_c), missing)
LOCKSTEP_LATE(library, cublasStatus_t, cublasGemmEx,
              (cublasHandle_t handle, cublasOperation_t a_as, cublasOperation_t b_as, int m, int n, int k,
               const void* alpha, const void* a, cudaDataType a_type, int stride_a, const void* b, cudaDataType b_type,
               int stride_b, const void* beta, void* c, cudaDataType c_type, int stride_c, cublasComputeType_t compute,
               cublasGemmAlgo_t algorithm),
              (handle, a_as, b_as, m, n, k, alpha, a, a_type, stride_a, b, b_type, stride_b, beta, c, c_type, stride_c,
               compute, algorithm),
              missing)
