// What the collectives of a run were given and what they gave back.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "harness/device/forwarding.hpp"

namespace lockstep {

/// One operation on one rank. Values are kept for sums only; they are complete once the stream has been synchronised.
struct CapturedCall {
  Collective kind;
  std::size_t bytes;  // S of collective.hpp
  int ranks;          // size of the group
  int root;
  DType dtype;
  bool in_rank_order;  // Communicator::adds_in_rank_order
  std::vector<std::byte> before;
  std::vector<std::byte> after;
};

/// One rank's operations in the order of the calls, those of subgroups included.
using CaptureLog = std::deque<CapturedCall>;

/// Passes everything on to another communicator and notes it in `log`, which must outlive the streams.
class CapturingCommunicator : public ForwardingCommunicator {
 public:
  CapturingCommunicator(std::unique_ptr<Communicator> inner, std::shared_ptr<CaptureLog> log)
      : ForwardingCommunicator{std::move(inner)}, log_{std::move(log)} {}

  std::unique_ptr<Communicator> first_ranks(int count) override;

 protected:
  void do_submit(Stream& stream, CollectiveCall call) override;

 private:
  std::shared_ptr<CaptureLog> log_;
};

}  // namespace lockstep
