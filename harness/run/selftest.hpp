// The scenarios by which the program tests its own checks, wherever it is.
#pragma once

#include <string_view>
#include <vector>

#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

struct SelftestFile {
  std::string_view name;
  std::string_view text;
};

/// As they were in scenarios/faults when the program was built.
const std::vector<SelftestFile>& selftest_files();

/// Their cases.
std::vector<Case> selftest_cases();

}  // namespace lockstep
