// Numbers of ranks × order of execution, and some with slowed devices.
#pragma once

#include "harness/device/cpu/cpu_world.hpp"
#include "tests/contracts/worlds.hpp"

namespace lockstep {

/// `slow_factor` of every device; 0: none is decorated.
World open_cpu(int ranks, cpu::Order order, double slow_factor = 0, std::size_t capacity = std::size_t{1} << 40,
               Seconds deadline = Seconds{0});

}  // namespace lockstep
