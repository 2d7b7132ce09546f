// The worlds that every contract is checked in: numbers of ranks × order of execution.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "harness/device/cpu/cpu_world.hpp"

namespace lockstep {

struct WorldCase {
  int ranks;
  cpu::Order order;
};

inline World open(const WorldCase& world) { return cpu::open_world({.ranks = world.ranks, .order = world.order}); }

inline std::string world_name(const ::testing::TestParamInfo<WorldCase>& info) {
  return std::to_string(info.param.ranks) +
         (info.param.order == cpu::Order::at_once ? "_ranks_at_once" : "_ranks_deferred");
}

inline std::vector<WorldCase> all_worlds() {
  std::vector<WorldCase> worlds;
  for (const int ranks : {1, 2, 3, 4, 7, 8})
    for (const cpu::Order order : {cpu::Order::at_once, cpu::Order::deferred}) worlds.push_back({ranks, order});
  return worlds;
}

}  // namespace lockstep
