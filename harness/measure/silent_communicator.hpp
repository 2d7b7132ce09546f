// Training without its communication, to measure what the rest takes.
#pragma once

#include <atomic>
#include <memory>

#include "harness/device/forwarding.hpp"
#include "harness/device/world.hpp"

namespace lockstep {

/// While `is_silent`, collectives are counted but do nothing: buffers keep what they hold, nobody waits for anybody.
/// Barriers and the making of subgroups still happen. Change it only while no rank has work queued.
class SilentCommunicator : public ForwardingCommunicator {
 public:
  SilentCommunicator(std::unique_ptr<Communicator> inner, std::shared_ptr<const std::atomic<bool>> is_silent)
      : ForwardingCommunicator{std::move(inner)}, is_silent_{std::move(is_silent)} {}

  std::unique_ptr<Communicator> first_ranks(int count) override;

 protected:
  void do_submit(Stream& stream, CollectiveCall call) override;

 private:
  std::shared_ptr<const std::atomic<bool>> is_silent_;
};

/// Gives every rank of the world such a communicator; all of them follow the switch that is returned, which is off.
std::shared_ptr<std::atomic<bool>> make_silenceable(World& world);

}  // namespace lockstep
