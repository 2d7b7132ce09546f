// NCCL for ranks with a process each.
#pragma once

#include "harness/device/cuda/nccl_communicator.hpp"
#include "harness/device/rendezvous.hpp"

namespace lockstep::cuda {

/// One rank's side of the group. Nobody here sees what the others call: a rank that stops, or calls something else, is
/// what NCCL notices of it, and otherwise a deadline that passes.
class NcclProcesses : public NcclGroup {
 public:
  /// Connects the context's GPU with the others, which do the same at the same time. Throws RendezvousFailed,
  /// NcclError, and CollectiveLate when they have met but NCCL has not connected them before the world's deadline.
  NcclProcesses(std::shared_ptr<Context> context, const Rendezvous& rendezvous);

  [[nodiscard]] int size() const override { return ranks_; }
  [[nodiscard]] bool spans_processes() const override { return true; }
  [[nodiscard]] const std::shared_ptr<Context>& context(int) const override { return context_; }
  std::shared_ptr<NcclEnd> take_end(int) override { return std::move(end_); }
  void meet(int, const SharedCall&, Patience) override {}
  /// Throws UsageError: groups of fewer processes are not made.
  std::shared_ptr<NcclGroup> subgroup(std::size_t index, int count) override;
  void abort() override { *is_aborted_ = true; }

 private:
  std::shared_ptr<Context> context_;
  int ranks_;
  std::shared_ptr<std::atomic<bool>> is_aborted_ = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<NcclEnd> end_;
};

}  // namespace lockstep::cuda
