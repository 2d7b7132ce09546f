#include "harness/run/expectations.hpp"

#include <algorithm>

#include "harness/base/error.hpp"

namespace lockstep {
namespace {

CheckResult compare(const std::string& name, double value, const Expectation& expectation) {
  // Written so that NaN is out of bounds.
  const bool below = expectation.min && !(value >= *expectation.min);
  const bool above = expectation.max && !(value <= *expectation.max);
  CheckResult result{.name = name, .verdict = below || above ? Verdict::fail : Verdict::pass, .compared = 1};
  result.worst = value;
  result.limit = above || !expectation.min ? expectation.max : expectation.min;
  result.because = "the scenario expects";
  if (expectation.min) result.because += fmt::format(" at least {:g}", *expectation.min);
  if (expectation.max)
    result.because += fmt::format("{} at most {:g}", expectation.min ? " and" : "", *expectation.max);
  return result;
}

}  // namespace

void add_expectations(CaseResult& result, const Case& one) {
  for (const Expectation& expectation : one.scenario.expectations) {
    const std::string name = "expect:" + expectation.metric;
    const auto metric = std::ranges::find(result.metrics, expectation.metric, &Metric::name);
    if (metric == result.metrics.end()) {
      result.checks.push_back(failed(name, 0, fmt::format("the case has no metric {}", expectation.metric)));
    } else if (metric->value) {
      result.checks.push_back(compare(name, *metric->value, expectation));
    } else {
      result.checks.push_back({.name = name,
                               .verdict = Verdict::inconclusive,
                               .because = fmt::format("{} cannot be measured here", expectation.metric)});
    }
  }
}

}  // namespace lockstep
