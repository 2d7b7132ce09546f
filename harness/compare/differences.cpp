#include "harness/compare/differences.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/base/text.hpp"

namespace lockstep {
namespace {

/// Clocks scatter; less than this share is no difference to blame.
constexpr double clock_tolerance = 0.02;
/// In processes that want a core: half of one is somebody else's work.
constexpr double load_tolerance = 0.5;

using Facts = std::map<std::string, Json>;

void add_facts(const std::string& path, const Json& json, Facts& facts) {
  if (json.is_object())
    for (const auto& [key, value] : json.items()) add_facts(path + "." + one_plain_line(key), value, facts);
  else if (json.is_array() && std::ranges::any_of(json, [](const Json& item) { return item.is_structured(); }))
    for (std::size_t i = 0; i < json.size(); ++i) add_facts(fmt::format("{}.{}", path, i), json[i], facts);
  else
    facts[path] = json;
}

Facts facts_of(const RecordedResult& run) {
  Facts facts;
  add_facts("tool", run.tool, facts);
  add_facts("environment", run.environment, facts);
  return facts;
}

std::string shown(const Json* fact) {
  if (fact == nullptr) return "not stated";
  return one_plain_line(fact->is_string() ? fact->get<std::string>() : fact->dump());
}

const Json* find(const Facts& facts, const std::string& what) {
  const auto found = facts.find(what);
  return found == facts.end() ? nullptr : &found->second;
}

bool is_same(const std::string& what, const Json* a, const Json* b) {
  if (a == nullptr || b == nullptr) return a == b;
  const bool varies = what.starts_with("environment.conditions") && a->is_number() && b->is_number();
  if (!varies) return *a == *b;
  const double x = a->get<double>(), y = b->get<double>();
  const bool is_load = what == "environment.conditions.load_average";
  return std::fabs(x - y) <= (is_load ? load_tolerance : clock_tolerance * std::max(std::fabs(x), std::fabs(y)));
}

}  // namespace

std::vector<Difference> find_differences(const Side& baseline, const Side& candidate) {
  const Facts first = facts_of(baseline.runs[0]), first_candidate = facts_of(candidate.runs[0]);
  std::map<std::string, Difference> differences;
  const auto add = [&](const RecordedResult& run, bool is_baseline) {
    const Facts facts = facts_of(run);
    Facts all = first;
    all.insert(facts.begin(), facts.end());
    for (const auto& [what, fact] : all) {
      const Json *before = find(first, what), *after = find(facts, what);
      if (is_same(what, before, after)) continue;
      differences.try_emplace(what,
                              Difference{.what = what,
                                         .baseline = shown(before) + (is_baseline ? " and " + shown(after) : ""),
                                         .candidate = is_baseline ? shown(find(first_candidate, what)) : shown(after),
                                         .forbids = what == "tool.build_type"});
    }
  };
  for (const RecordedResult& run : baseline.runs) add(run, true);
  for (const RecordedResult& run : candidate.runs) add(run, false);
  std::vector<Difference> list;
  for (auto& [what, difference] : differences) list.push_back(std::move(difference));
  std::ranges::stable_sort(list, std::ranges::greater{}, &Difference::forbids);
  return list;
}

}  // namespace lockstep
