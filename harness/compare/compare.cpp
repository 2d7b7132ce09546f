#include "harness/compare/compare.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "harness/base/error.hpp"
#include "harness/base/text.hpp"
#include "harness/compare/differences.hpp"
#include "harness/compare/matched_case.hpp"
#include "harness/measure/rank_tests.hpp"

namespace lockstep {
namespace {

/// The worst first: what a case with several of them comes to.
constexpr std::array<Verdict, 9> by_severity{Verdict::fail,     Verdict::error,   Verdict::regressed,
                                             Verdict::invalid,  Verdict::missing, Verdict::inconclusive,
                                             Verdict::improved, Verdict::same,    Verdict::skipped};

std::size_t severity(Verdict verdict) {
  return static_cast<std::size_t>(std::ranges::find(by_severity, verdict) - by_severity.begin());
}

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

/// A verdict of the runs themselves that says more than any comparison of their numbers; empty reason where there is
/// none.
struct OwnVerdict {
  Verdict verdict = Verdict::same;
  std::string reason;
};

bool is_good(Verdict verdict) {
  return verdict == Verdict::pass || verdict == Verdict::same || verdict == Verdict::improved;
}

/// A check that the baseline has and a run of the candidate lacks.
std::string missing_check(const MatchedCase& matched) {
  for (const RecordedCheck& check : matched.baseline[0]->checks)
    for (const RecordedCase* run : matched.candidate)
      if (std::ranges::find(run->checks, check.name, &RecordedCheck::name) == run->checks.end()) return check.name;
  return {};
}

OwnVerdict own_verdict(const MatchedCase& matched, std::size_t baseline_runs, std::size_t candidate_runs) {
  if (matched.baseline.empty()) return {Verdict::skipped, "new: the baseline does not have this case"};
  if (matched.candidate.size() < candidate_runs) return {Verdict::missing, "the candidate does not have this case"};
  if (matched.baseline.size() < baseline_runs) return {Verdict::invalid, "some runs of the baseline lack this case"};
  for (const RecordedCase* run : matched.candidate) {
    if (run->verdict == Verdict::skipped) continue;
    if (!is_good(run->verdict)) return {run->verdict, "the candidate itself: " + run->reason};
  }
  const bool is_skipped = matched.candidate[0]->verdict == Verdict::skipped;
  if (is_skipped != (matched.baseline[0]->verdict == Verdict::skipped))
    return {Verdict::missing, "one side skipped this case: " + matched.candidate[0]->reason};
  if (is_skipped) return {Verdict::skipped, "skipped on both sides: " + matched.candidate[0]->reason};
  for (const RecordedCase* run : matched.baseline)
    if (!is_good(run->verdict))
      return {Verdict::invalid, fmt::format("the baseline is {}: {}", name_of(run->verdict), run->reason)};
  if (const std::string check = missing_check(matched); !check.empty())
    return {Verdict::missing, fmt::format("the candidate lacks the check {}", check)};
  if (std::string why = why_not_comparable(matched); !why.empty()) return {Verdict::invalid, std::move(why)};
  return {};
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

ExitCode code_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::fail:
    case Verdict::regressed:
      return ExitCode::failed;
    case Verdict::error:
      return ExitCode::runtime;
    case Verdict::pass:
    case Verdict::same:
    case Verdict::skipped:
      return ExitCode::passed;
    case Verdict::improved:  // only where it was asked for
    case Verdict::inconclusive:
    case Verdict::invalid:
    case Verdict::missing:
      return ExitCode::inconclusive;
  }
  throw InternalError{"a verdict without an exit code"};
}

bool is_finding(Verdict verdict) {
  return verdict == Verdict::same || verdict == Verdict::improved || verdict == Verdict::regressed;
}

/// What the verdicts rest on.
struct Tally {
  std::size_t cases = 0;       // that came to a finding
  std::size_t judged = 0;      // metrics that did
  std::size_t tested = 0;      // of these, by statistics
  std::size_t unmeasured = 0;  // metrics without a value on either side
};

Tally count(const std::vector<ComparedCase>& cases) {
  Tally tally;
  for (const ComparedCase& one : cases) {
    tally.cases += is_finding(one.verdict);
    for (const ComparedMetric& metric : one.metrics) {
      tally.judged += is_finding(metric.verdict);
      tally.tested += is_finding(metric.verdict) && metric.p.has_value();
      tally.unmeasured += metric.verdict == Verdict::skipped;
    }
  }
  return tally;
}

std::string plural(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

Comparison compare(const Side& baseline, const Side& candidate, const CompareOptions& options) {
  refuse_common_runs(baseline, candidate);
  options.gate.require_known(baseline.runs[0]);
  if (options.design == Design::paired && baseline.runs.size() != candidate.runs.size())
    throw InputError{fmt::format("{} and {} runs are no pairs", baseline.runs.size(), candidate.runs.size())};
  return Comparer{baseline, candidate, options}.run();
}

void conclude(ComparedCase& one) {
  if (one.metrics.empty()) return;
  const auto worst =
      std::ranges::min_element(one.metrics, {}, [](const ComparedMetric& metric) { return severity(metric.verdict); });
  one.verdict = worst->verdict;
  one.reason = fmt::format("{}: {}", worst->name, worst->reason);
}

void conclude(Comparison& comparison, const std::set<Verdict>& fail_on) {
  std::map<Verdict, std::size_t> counts;
  const Tally tally = count(comparison.cases);
  for (const ComparedCase& one : comparison.cases) ++counts[one.verdict];
  comparison.compared = tally.judged;
  comparison.exit_code = ExitCode::passed;
  for (const Verdict verdict : by_severity)
    if (counts.contains(verdict) && fail_on.contains(verdict) && comparison.exit_code == ExitCode::passed)
      comparison.exit_code = code_of(verdict);
  // Where nothing was compared, or times should have been and none was, that nothing is wrong is not known.
  const bool is_empty = tally.cases == 0 || (tally.unmeasured > 0 && tally.tested == 0);
  if (comparison.exit_code == ExitCode::passed && is_empty) comparison.exit_code = ExitCode::nothing_ran;
  std::string verdicts;
  for (const Verdict verdict : by_severity)
    if (counts.contains(verdict))
      verdicts += fmt::format("{}{} {}", verdicts.empty() ? "" : ", ", counts.at(verdict), name_of(verdict));
  const std::string unmeasured =
      tally.unmeasured == 0 ? "" : fmt::format(", {} not measured on either side", tally.unmeasured);
  comparison.conclusion = fmt::format("{}: {}; {} judged{}{}", plural(comparison.cases.size(), "case"),
                                      verdicts.empty() ? "none" : verdicts, plural(comparison.compared, "metric"),
                                      unmeasured, is_empty ? "; nothing was compared" : "");
}

}  // namespace lockstep
