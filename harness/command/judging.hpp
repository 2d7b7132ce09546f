// What `compare` and `ab` have in common.
#pragma once

#include "harness/command/command_line.hpp"
#include "harness/compare/compare.hpp"

namespace lockstep {

/// Throws UsageError for a threshold, metric or verdict that makes no sense.
CompareOptions compare_options(const JudgingOptions& judging);

/// Prints it, then writes it to `file`, unless that is empty, and what --export asks for: a full disk does not hide the
/// verdict. Throws IoError.
void show_comparison(const Comparison& comparison, const JudgingOptions& judging, const std::filesystem::path& file);

}  // namespace lockstep
