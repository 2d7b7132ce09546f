// The options that `compare` and `ab` share, as what the comparison takes.
#pragma once

#include "harness/command/command_line.hpp"
#include "harness/compare/compare.hpp"

namespace lockstep {

/// Throws UsageError for a threshold, metric or verdict that makes no sense.
CompareOptions compare_options(const CompareCommand& command);

}  // namespace lockstep
