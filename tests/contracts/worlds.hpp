// The worlds that every contract is checked in: numbers of ranks × order of execution, and some with slowed devices.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "harness/device/cpu/cpu_world.hpp"
#include "harness/device/slowed.hpp"

namespace lockstep {

struct WorldCase {
  int ranks;
  cpu::Order order;
  double slow_factor = 0;  // of every device; 0: none is decorated
};

inline World open(const WorldCase& options) {
  World world = cpu::open_world({.ranks = options.ranks, .order = options.order});
  if (options.slow_factor > 0)
    for (auto& rank : world.ranks) slow_down(*rank, options.slow_factor);
  return world;
}

inline std::string world_name(const ::testing::TestParamInfo<WorldCase>& info) {
  const std::string slowed =
      info.param.slow_factor > 0 ? "_slowed_by_" + std::to_string(static_cast<int>(info.param.slow_factor)) : "";
  return std::to_string(info.param.ranks) +
         (info.param.order == cpu::Order::at_once ? "_ranks_at_once" : "_ranks_deferred") + slowed;
}

inline std::vector<WorldCase> all_worlds() {
  std::vector<WorldCase> worlds;
  for (const int ranks : {1, 2, 3, 4, 7, 8})
    for (const cpu::Order order : {cpu::Order::at_once, cpu::Order::deferred}) worlds.push_back({ranks, order});
  for (const double slow_factor : {1.0, 2.0})
    for (const cpu::Order order : {cpu::Order::at_once, cpu::Order::deferred})
      worlds.push_back({3, order, slow_factor});
  return worlds;
}

}  // namespace lockstep
