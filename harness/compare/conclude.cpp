// What the verdicts of metrics make of cases, and those of the comparison.
#include <algorithm>
#include <array>
#include <map>

#include "harness/compare/compare.hpp"

namespace lockstep {
namespace {

/// The worst first: what a case with several of them comes to.
constexpr std::array<Verdict, 9> by_severity{Verdict::fail,     Verdict::error,   Verdict::regressed,
                                             Verdict::invalid,  Verdict::missing, Verdict::inconclusive,
                                             Verdict::improved, Verdict::same,    Verdict::skipped};

std::size_t severity(Verdict verdict) {
  return static_cast<std::size_t>(std::ranges::find(by_severity, verdict) - by_severity.begin());
}

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
