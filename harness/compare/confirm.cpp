#include "harness/compare/confirm.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lockstep {
namespace {

const ComparedMetric* find(const Comparison& comparison, const std::string& name, const std::string& metric) {
  const auto one = std::ranges::find(comparison.cases, name, &ComparedCase::name);
  if (one == comparison.cases.end()) return nullptr;
  const auto found = std::ranges::find(one->metrics, metric, &ComparedMetric::name);
  return found == one->metrics.end() ? nullptr : &*found;
}

}  // namespace

Hypotheses regressions_in(const Comparison& comparison) {
  Hypotheses regressed;
  for (const ComparedCase& one : comparison.cases)
    for (const ComparedMetric& metric : one.metrics)
      if (metric.verdict == Verdict::regressed) regressed.emplace(one.name, metric.name);
  return regressed;
}

void confirm(Comparison& first, const Comparison& second, const std::set<Verdict>& fail_on) {
  for (ComparedCase& one : first.cases) {
    for (ComparedMetric& metric : one.metrics) {
      if (metric.verdict != Verdict::regressed) continue;
      const ComparedMetric* again = find(second, one.name, metric.name);
      if (again != nullptr && again->verdict == Verdict::regressed) {
        metric.reason += fmt::format("; confirmed by a second round: {}", again->reason);
        continue;
      }
      metric.verdict = Verdict::inconclusive;
      metric.reason += fmt::format("; not confirmed by a second round: {}",
                                   again == nullptr ? std::string{"it has no such metric"} : again->reason);
    }
    conclude(one);
  }
  conclude(first, fail_on);
}

}  // namespace lockstep
