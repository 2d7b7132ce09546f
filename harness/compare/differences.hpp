// What is not the same about the programs and machines of two sides.
#pragma once

#include <vector>

#include "harness/compare/comparison.hpp"
#include "harness/compare/side.hpp"

namespace lockstep {

/// Every fact of `tool` and `environment` that differs, between the sides or among the runs of one; of numbers that
/// vary by themselves (`environment.conditions`) only what differs by more than 2 %, of
/// the load half a process. Another build type forbids the
/// comparison, anything else is what a changed metric may be due to.
std::vector<Difference> find_differences(const Side& baseline, const Side& candidate);

}  // namespace lockstep
