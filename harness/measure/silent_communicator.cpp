#include "harness/measure/silent_communicator.hpp"

namespace lockstep {

std::unique_ptr<Communicator> SilentCommunicator::first_ranks(int count) {
  auto subgroup = inner().first_ranks(count);
  if (!subgroup) return nullptr;
  return std::make_unique<SilentCommunicator>(std::move(subgroup), is_silent_);
}

void SilentCommunicator::do_submit(Stream& stream, CollectiveCall call) {
  if (*is_silent_ && call.kind != Collective::barrier) return;
  inner().submit(stream, std::move(call));
}

std::shared_ptr<std::atomic<bool>> make_silenceable(World& world) {
  auto is_silent = std::make_shared<std::atomic<bool>>(false);
  for (auto& rank : world.ranks) rank->group = std::make_unique<SilentCommunicator>(std::move(rank->group), is_silent);
  return is_silent;
}

}  // namespace lockstep
