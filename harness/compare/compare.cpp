#include "harness/compare/compare.hpp"

#include <algorithm>

#include "harness/base/error.hpp"
#include "harness/base/text.hpp"
#include "harness/compare/differences.hpp"
#include "harness/compare/matched_case.hpp"
#include "harness/compare/own_verdict.hpp"
#include "harness/measure/rank_tests.hpp"

namespace lockstep {
namespace {

ComparedSide describe(const Side& side) {
  ComparedSide described{.label = side.label, .run_ids = {}, .started = side.runs[0].started, .commit = "unknown"};
  for (const RecordedResult& run : side.runs) described.run_ids.push_back(run.run_id);
  const Json& tool = side.runs[0].tool;
  if (tool.contains("commit") && tool["commit"].is_string())
    described.commit = one_plain_line(tool["commit"].get<std::string>());
  return described;
}

void refuse_common_runs(const Side& baseline, const Side& candidate) {
  std::vector<const RecordedResult*> runs;
  for (const Side* side : {&baseline, &candidate})
    for (const RecordedResult& run : side->runs) {
      for (const RecordedResult* other : runs)
        if (run.text == other->text || (!run.run_id.empty() && run.run_id == other->run_id))
          throw InputError{fmt::format("{}: the same run as {}", run.path.string(), other->path.string())};
      runs.push_back(&run);
    }
}

/// More than what so many devices can gain is a fault of the measurement.
bool is_implausible(const RecordedCase& one, const ComparedMetric& metric) {
  constexpr double tolerated = 1.2;
  if (metric.name != "speedup" || !one.devices) return false;
  const double most = tolerated * static_cast<double>(*one.devices);
  return metric.baseline.value_or(0) > most || metric.candidate.value_or(0) > most;
}

bool has_values(const RunsOfMetric& runs) {
  return std::ranges::any_of(runs, [](const RecordedMetric* metric) { return metric->value.has_value(); });
}

class Comparer {
 public:
  Comparer(const Side& baseline, const Side& candidate, const CompareOptions& options)
      : baseline_{baseline}, candidate_{candidate}, options_{options}, judge_{options.alpha, options.design} {}

  Comparison run() {
    Comparison comparison{.baseline = describe(baseline_),
                          .candidate = describe(candidate_),
                          .alpha = options_.alpha,
                          .design = options_.design == Design::paired ? "paired" : "independent",
                          .differences = find_differences(baseline_, candidate_),
                          .cases = {},
                          .compared = 0,
                          .exit_code = ExitCode::inconclusive,
                          .conclusion = {}};
    for (const Difference& difference : comparison.differences)
      if (difference.forbids)
        forbidden_ =
            fmt::format("not comparable: {} {} and {}", difference.what, difference.baseline, difference.candidate);
    for (const MatchedCase& matched : match_cases(baseline_, candidate_)) comparison.cases.push_back(compare(matched));
    decide(comparison);
    for (ComparedCase& one : comparison.cases) lockstep::conclude(one);
    conclude(comparison, options_.fail_on);
    return comparison;
  }

 private:
  ComparedCase compare(const MatchedCase& matched) {
    const RecordedCase& any = matched.any();
    ComparedCase one{.name = any.name,
                     .family = any.family,
                     .tier = any.tier,
                     .verdict = Verdict::same,
                     .reason = {},
                     .metrics = {}};
    OwnVerdict own = own_verdict(matched, baseline_.runs.size(), candidate_.runs.size());
    if (own.reason.empty() && !forbidden_.empty()) own = {Verdict::invalid, forbidden_};
    one.verdict = own.verdict;
    one.reason = std::move(own.reason);
    if (one.reason.empty()) compare_metrics(matched, one);
    return one;
  }

  void compare_metrics(const MatchedCase& matched, ComparedCase& one) {
    for (const RecordedMetric& metric : matched.baseline[0]->metrics) {
      const std::optional<double> threshold = options_.gate.threshold(metric);
      if (threshold && is_asked(one.name, metric.name)) one.metrics.push_back(compare(matched, metric, *threshold));
    }
    if (one.metrics.empty())
      one.reason = fmt::format("all of {} checks pass, as before; it has no metric to compare",
                               matched.candidate[0]->checks.size());
  }

  ComparedMetric compare(const MatchedCase& matched, const RecordedMetric& metric, double threshold) {
    const RunsOfMetric before = runs_of(matched.baseline, metric.name), after = runs_of(matched.candidate, metric.name);
    // What could not be measured on either machine is no finding about them.
    if (!has_values(before) && !has_values(after))
      return {.name = metric.name,
              .unit = metric.unit,
              .better = metric.better,
              .verdict = Verdict::skipped,
              .reason = "not measured on either side: " + matched.candidate[0]->reason};
    ComparedMetric judged = judge_.measure(before, after, threshold);
    if (is_implausible(*matched.baseline[0], judged)) {
      judged.p = std::nullopt;
      judged.verdict = Verdict::invalid;
      judged.reason = "implausible: more than 1.2 times the number of devices";
    }
    return judged;
  }

  [[nodiscard]] bool is_asked(const std::string& name, const std::string& metric) const {
    return options_.only.empty() || options_.only.contains({name, metric});
  }

  /// How small p must be depends on how many there are.
  void decide(Comparison& comparison) const {
    std::vector<ComparedMetric*> tested;
    std::vector<double> p;
    for (ComparedCase& one : comparison.cases)
      for (ComparedMetric& metric : one.metrics)
        if (metric.p) tested.push_back(&metric), p.push_back(*metric.p);
    const std::vector<double> q = benjamini_hochberg(p);
    for (std::size_t i = 0; i < tested.size(); ++i) {
      tested[i]->q = q[i];
      judge_.decide(*tested[i]);
    }
  }

  const Side& baseline_;
  const Side& candidate_;
  const CompareOptions& options_;
  Judge judge_;
  std::string forbidden_;  // why nothing may be compared; empty when it may
};

}  // namespace

Comparison compare(const Side& baseline, const Side& candidate, const CompareOptions& options) {
  refuse_common_runs(baseline, candidate);
  options.gate.require_known(baseline.runs[0]);
  if (options.design == Design::paired && baseline.runs.size() != candidate.runs.size())
    throw InputError{fmt::format("{} and {} runs are no pairs", baseline.runs.size(), candidate.runs.size())};
  return Comparer{baseline, candidate, options}.run();
}

}  // namespace lockstep
