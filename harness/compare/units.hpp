// The independent values of a metric on one side: what statistics may take for a sample.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "harness/compare/recorded_result.hpp"

namespace lockstep {

/// A metric of one case in every run of a side.
using RunsOfMetric = std::vector<const RecordedMetric*>;

/// A side's sample. Steps within a block, and blocks within a run, share what went on at the time, so the unit is the
/// largest that there are several of: with one run on each side its blocks, else the runs, each with its value.
struct Units {
  std::string_view unit;  // "block" or "run"
  std::vector<double> baseline, candidate;
};

/// Empty sides where a run has no value.
Units units_of(const RunsOfMetric& baseline, const RunsOfMetric& candidate);

}  // namespace lockstep
