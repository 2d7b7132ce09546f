// Communicators: asked about and given back.
#include "tests/doubles/fakecuda/findings.hpp"
#include "tests/doubles/fakecuda/nccl_call.hpp"
#include "tests/doubles/fakecuda/nccl_group.hpp"
#include "tests/doubles/fakecuda/nccl_linked.hpp"
#include "tests/doubles/fakecuda/nccl_lobby.hpp"

using namespace fakecuda;

namespace {

/// One call that answers from a communicator without using it.
template <typename Body>
ncclResult_t ask(const char* function, ncclComm_t comm, Body&& body) {
  const Call call{function};
  if (const int code = call.failure(ncclSystemError); code != 0) return static_cast<ncclResult_t>(code);
  if (!is_usable(call, comm)) return nccl_failure(ncclInvalidArgument, "not a communicator");
  body();
  return ncclSuccess;
}

/// One call after which the communicator, or what it has queued, is gone.
template <typename Body>
ncclResult_t release(const char* function, ncclComm_t comm, Body&& body) {
  Call call{function};
  if (const int code = call.failure(ncclSystemError); code != 0) {
    call.runtime.injection.note_release_failed();
    return static_cast<ncclResult_t>(code);
  }
  if (comm == nullptr) return ncclSuccess;
  if (!is_usable(call, comm)) return nccl_failure(ncclInvalidArgument, "not a communicator");
  return body(call);
}

void wait_for_own_work(Call& call, const ncclComm& comm) {
  call.runtime.scheduler.wait(call.lock, std::string{call.function} + " of " + comm.describe(), comm.unfinished);
}

ncclResult_t state_of(const ncclComm& comm) {
  if (comm.async_error != ncclSuccess) return comm.async_error;
  if (comm.world != nullptr) return comm.settling ? ncclInProgress : ncclSuccess;
  if (comm.linked != nullptr) return comm.linked->error != ncclSuccess ? comm.linked->error : ncclInProgress;
  return comm.lobby->complete ? comm.lobby->error : ncclInProgress;
}

}  // namespace

extern "C" {

ncclResult_t ncclCommCount(const ncclComm_t comm, int* count) {
  return ask("ncclCommCount", comm, [&] { *count = comm->size; });
}

ncclResult_t ncclCommCuDevice(const ncclComm_t comm, int* device) {
  return ask("ncclCommCuDevice", comm, [&] { *device = comm->device; });
}

ncclResult_t ncclCommUserRank(const ncclComm_t comm, int* rank) {
  return ask("ncclCommUserRank", comm, [&] { *rank = comm->rank; });
}

ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t* error) {
  Call call{"ncclCommGetAsyncError"};
  if (!is_usable(call, comm)) return nccl_failure(ncclInvalidArgument, "not a communicator");
  // An injected code is what the communicator came to, not what this call did.
  const auto injected = static_cast<ncclResult_t>(call.failure(ncclRemoteError));
  if (injected != ncclSuccess && injected != ncclInProgress) comm->async_error = injected;
  call.runtime.scheduler.let_something_happen(call.lock);
  if (comm->settling) comm->settling = call.runtime.scheduler.random()() % 2 == 0;
  *error = injected != ncclSuccess ? injected : state_of(*comm);
  return ncclSuccess;
}

ncclResult_t ncclCommFinalize(ncclComm_t comm) {
  return release("ncclCommFinalize", comm, [&](Call& call) {
    if (comm->finalized) return nccl_failure(ncclInvalidArgument, "finalized already");
    wait_for_own_work(call, *comm);
    comm->finalized = true;
    return ncclSuccess;
  });
}

ncclResult_t ncclCommDestroy(ncclComm_t comm) {
  return release("ncclCommDestroy", comm, [&](Call& call) {
    wait_for_own_work(call, *comm);
    comm->alive = false;
    if (comm->linked != nullptr) say_goodbye(call, *comm);
    return ncclSuccess;
  });
}

ncclResult_t ncclCommAbort(ncclComm_t comm) {
  return release("ncclCommAbort", comm, [&](Call& call) {
    comm->alive = false;
    comm->aborted = true;
    if (comm->linked != nullptr) abort_linked(*comm);
    if (comm->world != nullptr) comm->world->fail(ncclRemoteError);
    call.runtime.scheduler.moved();
    return ncclSuccess;
  });
}
}
