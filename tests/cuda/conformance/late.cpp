// Stands in the program for linking what the suite calls of cuBLAS and NCCL and the backend does not.
#include <cublas_v2.h>
#include <nccl.h>

#include "kernels/cuda/late/late_symbol.hpp"

namespace {

constexpr const char* blas = "libcublas.so.13";
constexpr cublasStatus_t no_blas = CUBLAS_STATUS_NOT_SUPPORTED;
constexpr const char* nccl = "libnccl.so.2";
constexpr ncclResult_t no_nccl = ncclSystemError;

}  // namespace

LOCKSTEP_LATE(blas, cublasStatus_t, cublasGetVersion_v2, (cublasHandle_t handle, int* version), (handle, version),
              no_blas)

LOCKSTEP_LATE(nccl, ncclResult_t, ncclCommInitRank, (ncclComm_t * end, int ranks, ncclUniqueId id, int rank),
              (end, ranks, id, rank), no_nccl)
LOCKSTEP_LATE(nccl, ncclResult_t, ncclCommSplit,
              (ncclComm_t end, int color, int key, ncclComm_t* made, ncclConfig_t* config),
              (end, color, key, made, config), no_nccl)
LOCKSTEP_LATE(nccl, ncclResult_t, ncclCommCount, (const ncclComm_t end, int* count), (end, count), no_nccl)
LOCKSTEP_LATE(nccl, ncclResult_t, ncclCommUserRank, (const ncclComm_t end, int* rank), (end, rank), no_nccl)
LOCKSTEP_LATE(nccl, ncclResult_t, ncclCommCuDevice, (const ncclComm_t end, int* device), (end, device), no_nccl)
