#include "harness/compare/own_verdict.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lockstep {
namespace {

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

}  // namespace

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

}  // namespace lockstep
