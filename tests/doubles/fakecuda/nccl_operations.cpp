// The collectives, ncclSend and ncclRecv: their arguments are checked, more strictly than NCCL does, and they are
// queued.
#include <cstdint>
#include <string>

#include "tests/doubles/fakecuda/capture.hpp"
#include "tests/doubles/fakecuda/findings.hpp"
#include "tests/doubles/fakecuda/nccl_call.hpp"
#include "tests/doubles/fakecuda/nccl_group.hpp"
#include "tests/doubles/fakecuda/nccl_types.hpp"

using namespace fakecuda;
using Kind = CollectiveCall::Kind;

namespace {

/// Whether the bytes are living memory of the communicator's device, or pinned; says so when not.
bool is_buffer(const Call& call, const void* buffer, std::size_t bytes, const ncclComm& comm) {
  const Allocation* found = call.runtime.memory.find(buffer);
  const std::string start = std::string{call.function} + " on " + comm.describe() + ": ";
  if (found == nullptr)
    report("wrong buffer", start + "a buffer is memory that no device can reach");
  else if (found->home == Home::device && found->device != comm.device)
    report("wrong buffer", start + "a buffer is " + found->describe() + ", the communicator is of device " +
                               std::to_string(comm.device));
  else if (!found->alive)
    report("use after free", start + "a buffer is freed " + found->describe());
  else if (call.runtime.memory.holding(buffer, bytes) == nullptr)
    report("out of bounds", start + std::to_string(bytes) + " bytes reach beyond the end of " + found->describe());
  else
    return true;
  return false;
}

bool is_stream_of(const Call& call, const Stream& stream, const ncclComm& comm) {
  if (stream.device == comm.device) return true;
  report("wrong device", std::string{call.function} + " on " + comm.describe() + " of device " +
                             std::to_string(comm.device) + " is queued on " + stream.name);
  return false;
}

/// In place means one certain place: the own piece, where there are pieces.
bool aliases_rightly(const Call& call, const CollectiveCall& operation) {
  if (!operation.reads() || !operation.writes()) return true;
  const auto send = reinterpret_cast<std::uintptr_t>(operation.send);
  const auto receive = reinterpret_cast<std::uintptr_t>(operation.receive);
  const bool overlap = send < receive + operation.receive_bytes() && receive < send + operation.send_bytes();
  const std::size_t piece = operation.count * size_of(operation.type) * static_cast<std::size_t>(operation.comm->rank);
  const std::uintptr_t in_place = operation.kind == Kind::all_gather       ? receive + piece
                                  : operation.kind == Kind::reduce_scatter ? send + piece
                                                                           : send;
  const std::uintptr_t other = operation.kind == Kind::all_gather ? send : receive;
  if (!overlap || in_place == other) return true;
  report("overlap", std::string{call.function} + " on " + operation.comm->describe() +
                        ": send and receive buffer overlap, and not in place");
  return false;
}

ncclResult_t wrong(const std::string& text) { return failed_in_group(nccl_failure(ncclInvalidArgument, text)); }

bool are_ranks(const ncclComm& comm, int rank) { return rank >= 0 && rank < comm.size; }

ncclResult_t collective(const char* function, CollectiveCall operation, cudaStream_t handle) {
  Call call{function};
  if (const int code = call.failure(ncclSystemError); code != 0)
    return failed_in_group(nccl_failure(static_cast<ncclResult_t>(code), "injected"));
  if (const ncclResult_t refused = check_for_use(call, operation.comm); refused != ncclSuccess)
    return failed_in_group(refused);
  const ncclComm& comm = *operation.comm;
  if (size_of(operation.type) == 0) return wrong("type of elements");
  if (operation.op < 0 || operation.op > ncclAvg) return wrong("reduction");
  if (!are_ranks(comm, operation.root)) return wrong("root");
  operation.stream = call.runtime.scheduler.find(handle, function);
  if (operation.stream == nullptr || !is_stream_of(call, *operation.stream, comm)) return wrong("stream");
  if (operation.count == 0) return ncclSuccess;  // NCCL drops it
  if (operation.reads() && !is_buffer(call, operation.send, operation.send_bytes(), comm)) return wrong("send buffer");
  if (operation.writes() && !is_buffer(call, operation.receive, operation.receive_bytes(), comm))
    return wrong("receive buffer");
  if (!aliases_rightly(call, operation)) return wrong("buffers overlap");
  if (refused_as_not_faked(call, *operation.stream) != cudaSuccess) return wrong("capturing stream");
  return submit(call, operation);
}

ncclResult_t transfer(const char* function, TransferCall operation, cudaStream_t handle) {
  Call call{function};
  if (const int code = call.failure(ncclSystemError); code != 0)
    return failed_in_group(nccl_failure(static_cast<ncclResult_t>(code), "injected"));
  if (const ncclResult_t refused = check_for_use(call, operation.comm); refused != ncclSuccess)
    return failed_in_group(refused);
  const ncclComm& comm = *operation.comm;
  if (size_of(operation.type) == 0) return wrong("type of elements");
  if (!are_ranks(comm, operation.peer)) return wrong("peer");
  operation.stream = call.runtime.scheduler.find(handle, function);
  if (operation.stream == nullptr || !is_stream_of(call, *operation.stream, comm)) return wrong("stream");
  const std::size_t bytes = operation.count * size_of(operation.type);
  if (bytes != 0 && !is_buffer(call, operation.buffer, bytes, comm)) return wrong("buffer");
  if (refused_as_not_faked(call, *operation.stream) != cudaSuccess) return wrong("capturing stream");
  return submit(call, operation);
}

}  // namespace

extern "C" {

ncclResult_t ncclAllReduce(const void* send, void* receive, std::size_t count, ncclDataType_t type, ncclRedOp_t op,
                           ncclComm_t comm, cudaStream_t stream) {
  return collective("ncclAllReduce", {Kind::all_reduce, send, receive, count, type, op, 0, comm, nullptr}, stream);
}

ncclResult_t ncclReduce(const void* send, void* receive, std::size_t count, ncclDataType_t type, ncclRedOp_t op,
                        int root, ncclComm_t comm, cudaStream_t stream) {
  return collective("ncclReduce", {Kind::reduce, send, receive, count, type, op, root, comm, nullptr}, stream);
}

ncclResult_t ncclBroadcast(const void* send, void* receive, std::size_t count, ncclDataType_t type, int root,
                           ncclComm_t comm, cudaStream_t stream) {
  return collective("ncclBroadcast", {Kind::broadcast, send, receive, count, type, ncclSum, root, comm, nullptr},
                    stream);
}

ncclResult_t ncclAllGather(const void* send, void* receive, std::size_t count, ncclDataType_t type, ncclComm_t comm,
                           cudaStream_t stream) {
  return collective("ncclAllGather", {Kind::all_gather, send, receive, count, type, ncclSum, 0, comm, nullptr}, stream);
}

ncclResult_t ncclReduceScatter(const void* send, void* receive, std::size_t count, ncclDataType_t type, ncclRedOp_t op,
                               ncclComm_t comm, cudaStream_t stream) {
  return collective("ncclReduceScatter", {Kind::reduce_scatter, send, receive, count, type, op, 0, comm, nullptr},
                    stream);
}

ncclResult_t ncclSend(const void* buffer, std::size_t count, ncclDataType_t type, int peer, ncclComm_t comm,
                      cudaStream_t stream) {
  return transfer("ncclSend", {TransferCall::Kind::send, const_cast<void*>(buffer), count, type, peer, comm, nullptr},
                  stream);
}

ncclResult_t ncclRecv(void* buffer, std::size_t count, ncclDataType_t type, int peer, ncclComm_t comm,
                      cudaStream_t stream) {
  return transfer("ncclRecv", {TransferCall::Kind::receive, buffer, count, type, peer, comm, nullptr}, stream);
}
}
