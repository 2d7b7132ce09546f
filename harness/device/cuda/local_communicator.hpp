// Collectives of ranks that reach each other's memory, by our own kernels: on one GPU, which NCCL refuses, or on GPUs
// with peer access.
#pragma once

#include <memory>
#include <vector>

#include "harness/device/communicator.hpp"
#include "harness/device/cuda/context.hpp"
#include "harness/device/meeting.hpp"

namespace lockstep::cuda {

/// What the ranks of one group share. The threads of the ranks meet twice in each operation: when all have recorded
/// that their operands are ready, and when all have queued their share. In between and afterwards each stream waits for
/// the others' events; no thread waits for a GPU.
class LocalGroup {
 public:
  LocalGroup(std::shared_ptr<Meeting> meeting, std::vector<std::shared_ptr<Context>> contexts);

  struct Marks {
    OwnedEvent ready;  // the rank's operands may be used
    OwnedEvent done;   // the rank's share is done
  };
  [[nodiscard]] Meeting& meeting() { return *meeting_; }
  /// Recorded again only after every rank has waited for the operation before (which it has when it comes to the next).
  [[nodiscard]] const Marks& marks(int rank) const { return marks_[static_cast<std::size_t>(rank)]; }
  std::shared_ptr<LocalGroup> subgroup(std::size_t index, int count);

 private:
  std::shared_ptr<Meeting> meeting_;
  std::vector<std::shared_ptr<Context>> contexts_;
  std::vector<Marks> marks_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<LocalGroup>> subgroups_;
};

/// Sums in rank order.
class LocalCommunicator : public Communicator {
 public:
  LocalCommunicator(int rank, std::shared_ptr<LocalGroup> group, Patience patience)
      : rank_{rank}, group_{std::move(group)}, patience_{patience} {}

  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int size() const override { return group_->meeting().size(); }
  std::unique_ptr<Communicator> first_ranks(int count) override;
  void abort() override { group_->meeting().abort(); }

 protected:
  void do_submit(Stream& stream, CollectiveCall call) override;

 private:
  int rank_;
  std::shared_ptr<LocalGroup> group_;
  Patience patience_;
  std::size_t subgroups_ = 0;
};

}  // namespace lockstep::cuda
