#include "harness/compare/matched_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace lockstep {
namespace {

/// Cases by name, and their names in the order in which they first come.
struct CasesOfSide {
  std::vector<std::string> names;
  std::map<std::string, std::vector<const RecordedCase*>, std::less<>> runs;
};

CasesOfSide cases_of(const Side& side) {
  CasesOfSide cases;
  for (const RecordedResult& run : side.runs)
    for (const RecordedCase& one : run.cases) {
      auto& runs = cases.runs[one.name];
      if (runs.empty()) cases.names.push_back(one.name);
      runs.push_back(&one);
    }
  return cases;
}

/// The only case with this hash that no case of the other side has the name of; empty when there is none or several.
std::string renamed(const std::string& hash, const CasesOfSide& among, const CasesOfSide& other) {
  std::string found;
  for (const std::string& name : among.names) {
    if (other.runs.contains(name) || among.runs.at(name)[0]->scenario_hash != hash) continue;
    if (!found.empty()) return {};
    found = name;
  }
  return found;
}

template <typename T>
std::string shown(const T& value) {
  if constexpr (std::is_same_v<T, std::optional<std::uint64_t>>)
    return value ? std::to_string(*value) : "not stated";
  else
    return value.empty() ? "not stated" : value;
}

}  // namespace

std::vector<MatchedCase> match_cases(const Side& baseline, const Side& candidate) {
  const CasesOfSide before = cases_of(baseline), after = cases_of(candidate);
  std::vector<MatchedCase> matched;
  std::vector<std::string> taken;
  for (const std::string& name : before.names) {
    const auto& runs = before.runs.at(name);
    auto same = after.runs.find(name);
    if (same == after.runs.end()) same = after.runs.find(renamed(runs[0]->scenario_hash, after, before));
    matched.push_back({.baseline = runs, .candidate = {}});
    if (same == after.runs.end()) continue;
    matched.back().candidate = same->second;
    taken.push_back(same->first);
  }
  for (const std::string& name : after.names)
    if (std::ranges::find(taken, name) == taken.end())
      matched.push_back({.baseline = {}, .candidate = after.runs.at(name)});
  return matched;
}

std::string why_not_comparable(const MatchedCase& matched) {
  const RecordedCase& first = *matched.baseline[0];
  std::string why;
  const auto note = [&](std::string_view what, const std::string& a, const std::string& b) {
    if (a != b) why += fmt::format("{}{} {} and {}", why.empty() ? "" : ", ", what, a, b);
  };
  for (const auto* runs : {&matched.baseline, &matched.candidate})
    for (const RecordedCase* other : *runs) {
      if (other->tier == "emulated") return "times of an emulated run mean nothing";
      note("tier", first.tier, other->tier);
      note("precision", shown(first.precision), shown(other->precision));
      note("devices", shown(first.devices), shown(other->devices));
      note("global batch", shown(first.global_batch), shown(other->global_batch));
      note("strategy", shown(first.strategy), shown(other->strategy));
      if (why.empty() && first.scenario_hash != other->scenario_hash)
        why = fmt::format("another scenario (hash {} and {})", first.scenario_hash, other->scenario_hash);
      if (!why.empty()) return "not comparable: " + why;
    }
  return {};
}

RunsOfMetric runs_of(const std::vector<const RecordedCase*>& runs, std::string_view metric) {
  RunsOfMetric found;
  for (const RecordedCase* run : runs) {
    const auto place = std::ranges::find(run->metrics, metric, &RecordedMetric::name);
    if (place != run->metrics.end()) found.push_back(&*place);
  }
  return found;
}

}  // namespace lockstep
