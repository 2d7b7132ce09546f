#include "harness/device/cuda/nccl_end.hpp"

#include <sched.h>

#include "harness/device/communicator.hpp"

namespace lockstep::cuda {

NcclEnd::NcclEnd(ncclComm_t communicator, const Context& context,
                 std::shared_ptr<const std::atomic<bool>> is_group_aborted, Calls calls)
    : communicator_{communicator},
      device_{context.device()},
      deadline_{context.deadline()},
      is_group_aborted_{std::move(is_group_aborted)},
      calls_{calls} {}

NcclEnd::~NcclEnd() {
  if (communicator_ == nullptr) return;
  try {
    if (*is_group_aborted_) throw GroupAborted{"the group was aborted"};
    if (calls_ == Calls::return_at_once) finish(ncclCommFinalize(communicator_), "ncclCommFinalize");
    (void)ncclCommDestroy(communicator_);
  } catch (...) {  // nobody waits for the others any more, or they do not answer
    abort();
  }
}

void NcclEnd::look() { (void)state(); }

ncclResult_t NcclEnd::state() {
  if (*is_group_aborted_) abort();
  if (communicator_ == nullptr) throw GroupAborted{"the group was aborted because another rank failed"};
  ncclResult_t state = ncclSuccess;
  const ncclResult_t asked = ncclCommGetAsyncError(communicator_, &state);
  if (asked == ncclSuccess && (state == ncclSuccess || state == ncclInProgress)) return state;
  abort();
  check(asked, "ncclCommGetAsyncError", device_);
  check(state, "an operation of NCCL", device_);
  return state;
}

void NcclEnd::abort() noexcept {
  if (communicator_ != nullptr) (void)ncclCommAbort(std::exchange(communicator_, nullptr));
}

ncclComm_t NcclEnd::get() {
  look();
  return communicator_;
}

void NcclEnd::finish(ncclResult_t status, const char* call, std::size_t bytes) {
  if (status == ncclInProgress) return wait_for_progress(call);
  check(status, call, device_, bytes);
}

void NcclEnd::begun(ncclResult_t status, const char* call) {
  if (status != ncclInProgress) check(status, call, device_);
}

void NcclEnd::wait_for_progress(const char* call) {
  const auto begin = std::chrono::steady_clock::now();
  while (state() == ncclInProgress) {
    if (deadline_ > Seconds{0} && std::chrono::steady_clock::now() - begin > deadline_) {
      abort();
      throw CollectiveLate{
          fmt::format("{} on cuda:{} was in progress after {}", call, device_, format_duration(deadline_))};
    }
    ::sched_yield();
  }
}

}  // namespace lockstep::cuda
