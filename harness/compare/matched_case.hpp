// The same case in all runs of both sides.
#pragma once

#include <string>
#include <vector>

#include "harness/compare/side.hpp"
#include "harness/compare/units.hpp"

namespace lockstep {

struct MatchedCase {
  std::vector<const RecordedCase*> baseline, candidate;  // one per run that has it

  [[nodiscard]] const RecordedCase& any() const { return baseline.empty() ? *candidate[0] : *baseline[0]; }
};

/// Cases by name, in the order of the baseline, then those that only the candidate has. A case that only one side has
/// under its name, but the other has under another with the same scenario hash, is matched by that.
std::vector<MatchedCase> match_cases(const Side& baseline, const Side& candidate);

/// Why numbers of a case must not be compared: another scenario, tier, precision, number of devices or batch, or
/// emulated time. Empty when they may.
std::string why_not_comparable(const MatchedCase& matched);

/// A metric by name in every run that has it.
RunsOfMetric runs_of(const std::vector<const RecordedCase*>& runs, std::string_view metric);

}  // namespace lockstep
