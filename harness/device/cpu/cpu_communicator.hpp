// Collectives of virtual devices, in shared memory.
#pragma once

#include <memory>

#include "harness/device/communicator.hpp"
#include "harness/device/meeting.hpp"

namespace lockstep::cpu {

/// Every rank reads its peers' operands and does an equal slice of the work, so that reducing and distributing is one
/// pass over memory.
class CpuCommunicator : public Communicator {
 public:
  /// `has_core`: no other rank shares this rank's core, so that waiting may spin.
  CpuCommunicator(int rank, std::shared_ptr<Meeting> meeting, bool has_core)
      : rank_{rank}, meeting_{std::move(meeting)}, has_core_{has_core} {}

  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int size() const override { return meeting_->size(); }
  std::unique_ptr<Communicator> first_ranks(int count) override;
  void abort() override { meeting_->abort(); }

 protected:
  void do_submit(Stream& stream, CollectiveCall call) override;

 private:
  [[nodiscard]] Patience patience_on(const Stream& stream) const;

  int rank_;
  std::shared_ptr<Meeting> meeting_;
  bool has_core_;
  std::size_t subgroups_ = 0;
};

}  // namespace lockstep::cpu
