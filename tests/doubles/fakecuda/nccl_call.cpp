#include "tests/doubles/fakecuda/nccl_call.hpp"

#include <algorithm>

#include "tests/doubles/fakecuda/findings.hpp"

namespace fakecuda {
namespace {

/// What ncclGetLastError says; of the process, as in NCCL.
std::string& last_text() {
  static auto* const text = new std::string;
  return *text;
}

}  // namespace

bool is_usable(const Call& call, ncclComm_t comm) {
  const auto& all = call.runtime.nccl->communicators;
  const bool known = std::any_of(all.begin(), all.end(), [&](const auto& made) { return made.get() == comm; });
  if (!known)
    report("bad handle", std::string{call.function} + " got a communicator that was never made");
  else if (!comm->alive)
    report("use after destroy", std::string{call.function} + " got a destroyed " + comm->describe());
  return known && comm->alive;
}

ncclResult_t check_for_use(const Call& call, ncclComm_t comm) {
  if (!is_usable(call, comm)) return nccl_failure(ncclInvalidArgument, "not a communicator");
  if (comm->world == nullptr || comm->finalized) {
    report("communicator not ready", std::string{call.function} + " on " + comm->describe() +
                                         (comm->finalized ? ", which is finalized" : ", before all ranks have come"));
    return nccl_failure(ncclInvalidUsage, "communicator is not ready");
  }
  if (comm->settling) {
    report("communicator not ready",
           std::string{call.function} + " on " + comm->describe() +
               ", whose last call is in progress: ncclCommGetAsyncError has not said otherwise");
    return nccl_failure(ncclInvalidArgument, "the last call is in progress");
  }
  if (const int thread = this_thread().number; comm->grouped_by != 0 && comm->grouped_by != thread)
    report("communicator shared", std::string{call.function} + " on " + comm->describe() +
                                      " while another thread's open group holds an operation of it");
  if (call.runtime.device(comm->device).sticky != cudaSuccess)
    return nccl_failure(ncclUnhandledCudaError, "the device failed");
  if (comm->async_error != ncclSuccess) return nccl_failure(comm->async_error, "an earlier operation failed");
  return ncclSuccess;
}

ncclResult_t nccl_failure(ncclResult_t code, const std::string& text) {
  last_text() = text;
  return code;
}

}  // namespace fakecuda

extern "C" {

const char* ncclGetErrorString(ncclResult_t code) {
  switch (code) {
    case ncclSuccess:
      return "no error";
    case ncclUnhandledCudaError:
      return "unhandled cuda error (run with NCCL_DEBUG=INFO for details)";
    case ncclSystemError:
      return "unhandled system error (run with NCCL_DEBUG=INFO for details)";
    case ncclInternalError:
      return "internal error - please report this issue to the NCCL developers";
    case ncclInvalidArgument:
      return "invalid argument (run with NCCL_DEBUG=WARN for details)";
    case ncclInvalidUsage:
      return "invalid usage (run with NCCL_DEBUG=WARN for details)";
    case ncclRemoteError:
      return "remote process exited or there was a network error";
    case ncclInProgress:
      return "NCCL operation in progress";
    default:
      return "unknown result code";
  }
}

const char* ncclGetLastError(ncclComm_t /*comm*/) {
  const fakecuda::Lock lock;
  return fakecuda::last_text().c_str();
}
}
