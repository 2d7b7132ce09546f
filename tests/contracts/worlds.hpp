// The worlds that every contract is checked in. Each test program of contracts has the worlds of one backend.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "harness/device/tensor.hpp"
#include "harness/device/world.hpp"

namespace lockstep {

struct WorldCase {
  std::string name;
  int ranks;
  std::function<World(std::size_t capacity, Seconds deadline)> make;
};

inline void PrintTo(const WorldCase& world, std::ostream* out) { *out << world.name; }

inline World open(const WorldCase& world, std::size_t capacity = std::size_t{1} << 26, Seconds deadline = Seconds{0}) {
  return world.make(capacity, deadline);
}

inline std::string world_name(const ::testing::TestParamInfo<WorldCase>& info) { return info.param.name; }

/// cpu_worlds.cpp, cuda_worlds.cpp
std::vector<WorldCase> all_worlds();

}  // namespace lockstep
