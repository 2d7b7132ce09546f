#include "harness/compare/units.hpp"

namespace lockstep {
namespace {

std::vector<double> values_of(const RunsOfMetric& runs) {
  std::vector<double> values;
  for (const RecordedMetric* metric : runs)
    if (metric->value) values.push_back(*metric->value);
  return values;
}

}  // namespace

Units units_of(const RunsOfMetric& baseline, const RunsOfMetric& candidate) {
  const bool one_each = baseline.size() == 1 && candidate.size() == 1;
  const bool have_blocks = one_each && !baseline[0]->blocks.empty() && !candidate[0]->blocks.empty();
  if (have_blocks) return {"block", baseline[0]->blocks, candidate[0]->blocks};
  return {"run", values_of(baseline), values_of(candidate)};
}

}  // namespace lockstep
