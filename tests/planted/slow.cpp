// Planted: every kernel of every device takes 5 % longer.
#include "harness/device/slowed.hpp"
#include "tests/planted/open_world.hpp"

lockstep::World planted_open_world(const lockstep::cpu::WorldOptions& options) {
  lockstep::World world = real_open_world(options);
  for (const auto& rank : world.ranks) lockstep::slow_down(*rank, 1.05);
  return world;
}
