// What the runs of a case say themselves, before any of their numbers is compared.
#pragma once

#include <string>

#include "harness/compare/matched_case.hpp"
#include "harness/measure/verdict.hpp"

namespace lockstep {

/// A verdict of the runs themselves that says more than any comparison of their numbers; empty reason where there is
/// none.
struct OwnVerdict {
  Verdict verdict = Verdict::same;
  std::string reason;
};

/// FAIL and ERROR of the candidate, MISSING where it lacks the case or a check, INVALID where the baseline is doubtful
/// or the two are not comparable, SKIPPED where neither ran it or only the candidate has it. A side has so many runs.
OwnVerdict own_verdict(const MatchedCase& matched, std::size_t baseline_runs, std::size_t candidate_runs);

}  // namespace lockstep
