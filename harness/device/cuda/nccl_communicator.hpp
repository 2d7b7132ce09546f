// Collectives by NCCL, one rank per GPU.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "harness/device/communicator.hpp"
#include "harness/device/cuda/context.hpp"
#include "harness/device/cuda/nccl_end.hpp"
#include "harness/device/meeting.hpp"

namespace lockstep::cuda {

/// What the ranks of a group share.
class NcclGroup {
 public:
  virtual ~NcclGroup() = default;
  [[nodiscard]] virtual int size() const = 0;
  [[nodiscard]] virtual bool spans_processes() const = 0;
  /// Of a rank that is here.
  [[nodiscard]] virtual const std::shared_ptr<Context>& context(int rank) const = 0;
  /// The end of a rank that is here; asked for once.
  virtual std::shared_ptr<NcclEnd> take_end(int rank) = 0;
  /// Before each operation: throws when it is known not to come about.
  virtual void meet(int rank, const SharedCall& call, Patience patience) = 0;
  /// The group of the first `count` ranks that the `index`-th request of each rank shares.
  virtual std::shared_ptr<NcclGroup> subgroup(std::size_t index, int count) = 0;
  /// Also of subgroups.
  virtual void abort() = 0;
};

/// Ranks on threads of this process. They meet before each operation, where one that others do not call, or call
/// differently, is found by name: NCCL would wait for it for ever.
class NcclThreads : public NcclGroup {
 public:
  /// Connects the contexts' GPUs, from the calling thread alone.
  NcclThreads(std::shared_ptr<Meeting> meeting, std::vector<std::shared_ptr<Context>> contexts,
              std::shared_ptr<std::atomic<bool>> is_aborted = std::make_shared<std::atomic<bool>>(false));

  [[nodiscard]] int size() const override { return meeting_->size(); }
  [[nodiscard]] bool spans_processes() const override { return false; }
  [[nodiscard]] const std::shared_ptr<Context>& context(int rank) const override {
    return contexts_[static_cast<std::size_t>(rank)];
  }
  std::shared_ptr<NcclEnd> take_end(int rank) override;
  void meet(int rank, const SharedCall& call, Patience patience) override;
  /// Whoever asks first connects it: NCCL's own split would hold every rank until the last one has come.
  std::shared_ptr<NcclGroup> subgroup(std::size_t index, int count) override;
  void abort() override;

 private:
  std::shared_ptr<Meeting> meeting_;
  std::vector<std::shared_ptr<Context>> contexts_;
  std::shared_ptr<std::atomic<bool>> is_aborted_;
  std::vector<std::shared_ptr<NcclEnd>> ends_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<NcclThreads>> subgroups_;
};

/// Sums in an order that NCCL chooses: the same bits on every rank, not those of rank order.
class NcclCommunicator : public Communicator {
 public:
  NcclCommunicator(int rank, std::shared_ptr<NcclGroup> group, Patience patience);

  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int size() const override { return group_->size(); }
  [[nodiscard]] bool spans_processes() const override { return group_->spans_processes(); }
  [[nodiscard]] bool adds_in_rank_order() const override { return size() == 1; }
  std::unique_ptr<Communicator> first_ranks(int count) override;
  void abort() override { group_->abort(); }

 protected:
  void do_submit(Stream& stream, CollectiveCall call) override;

 private:
  void scatter(const CollectiveCall& call, cudaStream_t stream);
  void gather(const CollectiveCall& call, cudaStream_t stream);
  void queue(const CollectiveCall& call, cudaStream_t stream);

  int rank_;
  std::shared_ptr<NcclGroup> group_;
  std::shared_ptr<Context> context_;
  Patience patience_;
  OwnedMemory token_;  // [1] of i32 for barriers
  std::size_t subgroups_ = 0;
  std::shared_ptr<NcclEnd> end_;  // goes first: to free memory the GPU must be rid of its operations
};

}  // namespace lockstep::cuda
