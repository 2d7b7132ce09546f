#include "harness/run/result.hpp"

#include <fmt/ranges.h>

#include <algorithm>

namespace lockstep {
namespace {

std::vector<std::string> names_with(const CaseResult& result, Verdict verdict) {
  std::vector<std::string> names;
  for (const CheckResult& check : result.checks)
    if (check.verdict == verdict) names.push_back(check.name);
  return names;
}

void add_reason(CaseResult& result, const std::string& reason) {
  result.reason = result.reason.empty() ? reason : fmt::format("{}; {}", reason, result.reason);
}

}  // namespace

void conclude(CaseResult& result) {
  const bool compared = std::ranges::any_of(result.checks, [](const CheckResult& check) { return check.compared > 0; });
  const auto failures = names_with(result, Verdict::fail);
  const auto implausible = names_with(result, Verdict::invalid);
  result.verdict = Verdict::pass;
  if (!compared) {
    result.verdict = Verdict::fail;
    add_reason(result, "no check compared anything");
  } else if (!failures.empty()) {
    result.verdict = Verdict::fail;
    add_reason(result, fmt::format("failed: {}", fmt::join(failures, ", ")));
  } else if (!implausible.empty()) {
    result.verdict = Verdict::invalid;
    add_reason(result, fmt::format("implausible: {}", fmt::join(implausible, ", ")));
  }
}

}  // namespace lockstep
