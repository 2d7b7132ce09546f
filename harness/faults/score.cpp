#include "harness/faults/score.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace lockstep {
namespace {

std::size_t count(const std::vector<TriedFault>& faults, FaultVerdict verdict) {
  return static_cast<std::size_t>(std::ranges::count(faults, verdict, &TriedFault::verdict));
}

std::size_t applicable(const std::vector<TriedFault>& faults) {
  return faults.size() - count(faults, FaultVerdict::not_applicable);
}

Metric counted(std::string name, double value, Better better, std::string definition) {
  return {.name = std::move(name),
          .unit = "1",
          .better = better,
          .value = value,
          .definition = std::move(definition),
          .exact = true};
}

}  // namespace

TriedFault judged(TriedFault tried, const TrialOutcome& outcome) {
  tried.caught_by = outcome.failed;
  tried.reason = outcome.error;
  if (outcome.fired == 0) {
    tried.verdict = FaultVerdict::not_fired;
    tried.reason = "it never acted";
    return tried;
  }
  if (outcome.changed == 0) {
    tried.expected = {};
    tried.reason = "it changes none of these numbers";
    return tried;
  }
  CheckNames unseen;
  std::ranges::set_difference(tried.expected, outcome.failed, std::inserter(unseen, unseen.end()));
  tried.verdict = unseen.empty() ? FaultVerdict::caught : FaultVerdict::missed;
  if (!unseen.empty()) tried.reason = fmt::format("not seen by {}; {}", fmt::join(unseen, ", "), tried.reason);
  return tried;
}

CheckResult check_faults(const std::vector<TriedFault>& faults) {
  std::string survivors;
  for (const TriedFault& fault : faults)
    if (fault.verdict == FaultVerdict::missed || fault.verdict == FaultVerdict::not_fired)
      survivors += fmt::format("; {}: {}", fault.id, fault.reason);
  const std::size_t applies = applicable(faults);
  const std::size_t survived = applies - count(faults, FaultVerdict::caught);
  return judged("faults_caught", applies, static_cast<double>(survived), 0,
                fmt::format("every fault that applies must make the checks fail that are named for it{}", survivors));
}

std::vector<Metric> metrics_of(const std::vector<TriedFault>& faults) {
  const auto applies = static_cast<double>(applicable(faults));
  const auto caught = static_cast<double>(count(faults, FaultVerdict::caught));
  std::vector<Metric> metrics{
      counted("faults_applicable", applies, Better::none, "planted faults that are some in this training"),
      counted("faults_caught", caught, Better::higher, "of these, caught by every check that must see them"),
  };
  if (applies > 0)
    metrics.push_back(counted("mutation_score", caught / applies, Better::higher, "faults_caught / faults_applicable"));
  return metrics;
}

CheckResult check_correct_runs(const CorrectRuns& correct) {
  return judged("false_alarms", correct.runs, static_cast<double>(correct.alarms.size()), 0,
                fmt::format("nothing may be said against a correct run{}{}", correct.alarms.empty() ? "" : "; ",
                            fmt::join(correct.alarms, "; ")));
}

std::vector<Metric> metrics_of(const CorrectRuns& correct) {
  return {counted("correct_runs", static_cast<double>(correct.runs), Better::none,
                  "runs without a fault, with other seeds and batches"),
          counted("false_alarms", static_cast<double>(correct.alarms.size()), Better::lower,
                  "checks that did not pass on a correct run")};
}

}  // namespace lockstep
