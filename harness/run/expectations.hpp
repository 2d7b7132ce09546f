// What a scenario expects of its metrics, as checks.
#pragma once

#include "harness/run/result.hpp"
#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

/// Adds a check expect:METRIC for each expectation of the case. A metric that the case does not have fails; one without
/// a value (timing that cannot be measured here) makes the check INCONCLUSIVE.
void add_expectations(CaseResult& result, const Case& one);

}  // namespace lockstep
