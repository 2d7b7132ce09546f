// Cases that take milliseconds, and one that never ends.
#pragma once

#include <string>
#include <vector>

#include "harness/run/scenario/scenario.hpp"

namespace lockstep::testing {

/// The only case of a scenario with these lines for [run].
Case exact_case(const std::string& run_lines = "");
Case learning_case(const std::string& run_lines = "");
Case timed_case(const std::string& run_lines = "");
Case memory_case(const std::string& run_lines = "");

/// Like the learning case, for far longer than any test.
Case endless_case();

}  // namespace lockstep::testing
