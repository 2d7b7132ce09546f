// A second look at what a first round found.
#pragma once

#include "harness/compare/compare.hpp"

namespace lockstep {

/// The metrics that came to REGRESSED: what a second round is to test, and nothing else.
Hypotheses regressions_in(const Comparison& comparison);

/// Keeps REGRESSED where a second round of the same measurement, which tested only that, says so too; else the metric
/// is INCONCLUSIVE. Concludes again.
void confirm(Comparison& first, const Comparison& second, const std::set<Verdict>& fail_on);

}  // namespace lockstep
