#include "harness/run/result.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

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
  if (!compared) {
    result.verdict = Verdict::fail;
    return add_reason(result, "no check compared anything");
  }
  struct Weight {
    Verdict verdict;
    std::string_view reason;
  };
  static constexpr std::array<Weight, 3> by_weight{
      {{Verdict::fail, "failed"}, {Verdict::invalid, "implausible"}, {Verdict::inconclusive, "inconclusive"}}};
  result.verdict = Verdict::pass;
  for (const Weight& weight : by_weight) {
    const std::vector<std::string> names = names_with(result, weight.verdict);
    if (names.empty()) continue;
    result.verdict = weight.verdict;
    return add_reason(result, fmt::format("{}: {}", weight.reason, fmt::join(names, ", ")));
  }
}

}  // namespace lockstep
