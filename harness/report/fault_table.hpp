// What a self-test found, fault by fault.
#pragma once

#include <string>

#include "harness/base/json.hpp"

namespace lockstep {

/// The faults of all cases, a line each: where it was seen, in how many of the trainings where it applies it was
/// caught, and the checks that must see it; then the score over all, and what said something against correct runs.
/// Empty for cases without faults.
std::string fault_table(const Json& cases);

}  // namespace lockstep
