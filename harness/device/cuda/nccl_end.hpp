// One rank's end of an NCCL communicator.
#pragma once

#include <atomic>
#include <memory>

#include "harness/device/cuda/context.hpp"

namespace lockstep::cuda {

/// Owns the end, and knows what makes waiting for it hopeless. Used by its rank's thread only, which is also the one
/// that aborts it: NCCL's calls are not safe from two threads.
class NcclEnd : public Watch {
 public:
  enum class Calls { block, return_at_once };

  NcclEnd(ncclComm_t communicator, const Context& context, std::shared_ptr<const std::atomic<bool>> is_group_aborted,
          Calls calls = Calls::block);
  /// Of an end that does not block: waits for its operations, at most the world's deadline, then aborts.
  ~NcclEnd() override;
  NcclEnd(const NcclEnd&) = delete;
  NcclEnd& operator=(const NcclEnd&) = delete;

  /// Throws GroupAborted when the group is, NcclError when NCCL has met a failure; before, takes this end down, so that
  /// its operations leave the GPU: freeing memory would wait for them.
  void look() override;
  void give_up() noexcept override { abort(); }
  /// For calls. Looks first.
  ncclComm_t get();
  /// Of what a call on it returned: throws unless it has succeeded. One that is in progress is waited for, since a
  /// stream has it only then; CollectiveLate after the world's deadline, and the end is down.
  void finish(ncclResult_t status, const char* call, std::size_t bytes = 0);
  /// The same within ncclGroupStart … ncclGroupEnd, where nothing is waited for.
  void begun(ncclResult_t status, const char* call);
  [[nodiscard]] int device() const { return device_; }

 private:
  /// Success or in progress; otherwise as `look`.
  ncclResult_t state();
  void wait_for_progress(const char* call);
  void abort() noexcept;

  ncclComm_t communicator_;
  int device_;
  Seconds deadline_;
  std::shared_ptr<const std::atomic<bool>> is_group_aborted_;
  Calls calls_;
};

}  // namespace lockstep::cuda
