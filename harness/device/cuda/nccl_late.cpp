// Stands in a program for linking NCCL.
#include <nccl.h>

#include "kernels/cuda/late/late_symbol.hpp"

namespace {

constexpr const char* library = "libnccl.so.2";
constexpr ncclResult_t missing = ncclSystemError;
constexpr const char* missing_text = "libnccl.so.2 is not on this machine";

}  // namespace

LOCKSTEP_LATE(library, ncclResult_t, ncclGetVersion, (int* version), (version), missing)
LOCKSTEP_LATE(library, const char*, ncclGetErrorString, (ncclResult_t result), (result), missing_text)
LOCKSTEP_LATE(library, ncclResult_t, ncclCommInitAll, (ncclComm_t * ends, int count, const int* gpus),
              (ends, count, gpus), missing)
LOCKSTEP_LATE(library, ncclResult_t, ncclGetUniqueId, (ncclUniqueId * id), (id), missing)
LOCKSTEP_LATE(library, ncclResult_t, ncclCommInitRankConfig,
              (ncclComm_t * end, int count, ncclUniqueId id, int rank, ncclConfig_t* config),
              (end, count, id, rank, config), missing)
LOCKSTEP_LATE(library, ncclResult_t, ncclCommFinalize, (ncclComm_t end), (end), missing)
LOCKSTEP_LATE(library, ncclResult_t, ncclCommDestroy, (ncclComm_t end), (end), missing)
LOCKSTEP_LATE(library, ncclResult_t, ncclCommAbort, (ncclComm_t end), (end), missing)
LOCKSTEP_LATE(library, ncclResult_t, ncclCommGetAsyncError, (ncclComm_t end, ncclResult_t* state), (end, state),
              missing)
LOCKSTEP_LATE(library, ncclResult_t, ncclGroupStart, (), (), missing)
LOCKSTEP_LATE(library, ncclResult_t, ncclGroupEnd, (), (), missing)
LOCKSTEP_LATE(library, ncclResult_t, ncclAllReduce,
              (const void* send, void* receive, size_t count, ncclDataType_t type, ncclRedOp_t op, ncclComm_t end,
               cudaStream_t stream),
              (send, receive, count, type, op, end, stream), missing)
LOCKSTEP_LATE(library, ncclResult_t, ncclReduce,
              (const void* send, void* receive, size_t count, ncclDataType_t type, ncclRedOp_t op, int root,
               ncclComm_t end, cudaStream_t stream),
              (send, receive, count, type, op, root, end, stream), missing)
LOCKSTEP_LATE(library, ncclResult_t, ncclBroadcast,
              (const void* send, void* receive, size_t count, ncclDataType_t type, int root, ncclComm_t end,
               cudaStream_t stream),
              (send, receive, count, type, root, end, stream), missing)
LOCKSTEP_LATE(library, ncclResult_t, ncclAllGather,
              (const void* send, void* receive, size_t count, ncclDataType_t type, ncclComm_t end, cudaStream_t stream),
              (send, receive, count, type, end, stream), missing)
LOCKSTEP_LATE(library, ncclResult_t, ncclReduceScatter,
              (const void* send, void* receive, size_t count, ncclDataType_t type, ncclRedOp_t op, ncclComm_t end,
               cudaStream_t stream),
              (send, receive, count, type, op, end, stream), missing)
LOCKSTEP_LATE(library, ncclResult_t, ncclSend,
              (const void* send, size_t count, ncclDataType_t type, int peer, ncclComm_t end, cudaStream_t stream),
              (send, count, type, peer, end, stream), missing)
LOCKSTEP_LATE(library, ncclResult_t, ncclRecv,
              (void* receive, size_t count, ncclDataType_t type, int peer, ncclComm_t end, cudaStream_t stream),
              (receive, count, type, peer, end, stream), missing)
