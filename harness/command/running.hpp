// What the commands that run cases have in common.
#pragma once

#include <string>
#include <vector>

#include "harness/base/error.hpp"
#include "harness/command/command_line.hpp"
#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

/// Runs the cases, prints their tables, and writes the result and its exports where the options say. `words` are the
/// command line. Returns what the process should exit with.
ExitCode run_cases(const std::vector<Case>& cases, const RunOptions& options, const std::vector<std::string>& words);

}  // namespace lockstep
