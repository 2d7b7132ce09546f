// What a file or the command line says about one key.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

struct Key;

/// A position in a file, from 1; line 0 when there is none.
struct Place {
  std::size_t line = 0;
  std::size_t column = 0;
};

/// One value for one key, already read and within its limits.
struct Assignment {
  std::string value;  // as in Axis::value
  std::function<void(Scenario&)> apply;
};

struct Setting {
  const Key* key;
  std::vector<Assignment> values;  // one, or those of the axis
  bool axis;
  Place place;
};

}  // namespace lockstep
