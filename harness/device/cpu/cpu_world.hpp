// Opens a world of virtual devices.
#pragma once

#include <cstddef>

#include "harness/device/cpu/cpu_device.hpp"
#include "harness/device/world.hpp"

namespace lockstep::cpu {

struct WorldOptions {
  int ranks = 1;
  std::size_t capacity = std::size_t{1} << 40;  // bytes of each device
  Order order = Order::at_once;
  Seconds deadline{0};         // for which a rank waits for the others, then CollectiveLate; 0: for ever
  std::size_t first_core = 0;  // of rank 0, so that two worlds need not share cores
};

/// Rank r runs on usable core first_core + r, round robin when there are more ranks than cores.
World open_world(const WorldOptions& options);

}  // namespace lockstep::cpu
