// Planted: of what device 1 adds to a sum of gradients, the largest element is lost.
#include "harness/faults/faulty_communicator.hpp"
#include "tests/planted/open_world.hpp"

namespace {

lockstep::Plant lost_element() {
  lockstep::Strike strike;
  strike.kinds = {lockstep::Collective::all_reduce, lockstep::Collective::reduce};
  strike.ranks = {1};
  return {std::move(strike), lockstep::damaged_contribution(lockstep::lose_largest)};
}

}  // namespace

lockstep::World planted_open_world(const lockstep::cpu::WorldOptions& options) {
  lockstep::World world = real_open_world(options);
  const auto fired = std::make_shared<lockstep::FiredCount>();
  for (const auto& rank : world.ranks) rank->group = lockstep::planted(std::move(rank->group), lost_element(), fired);
  return world;
}
