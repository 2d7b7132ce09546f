// Do the values of a scenario go together?
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

struct Conflict {
  std::string_view key;  // the path of one of the keys, where the problem is reported
  std::string text;      // names the other one
};

/// Everything that contradicts within one case. Expects each value to be within its own limits.
std::vector<Conflict> find_conflicts(const Scenario& scenario);

/// `single` on several devices: a contradiction, but an ordinary point of a product of axes.
bool is_single_on_several(const Scenario& scenario);

/// The sizes of a split for another number of devices: likewise.
bool is_split_for_others(const Scenario& scenario);

}  // namespace lockstep
