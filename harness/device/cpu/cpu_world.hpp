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
};

/// Rank r runs on the r-th usable core, round robin when there are more ranks than cores.
World open_world(const WorldOptions& options);

}  // namespace lockstep::cpu
