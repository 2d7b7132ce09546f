#include "harness/run/scenario/expand.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "harness/base/error.hpp"
#include "harness/base/text.hpp"
#include "harness/run/scenario/check.hpp"
#include "harness/run/scenario/expectation.hpp"
#include "harness/run/scenario/keys.hpp"
#include "harness/run/scenario/problems.hpp"

namespace lockstep {
namespace {

constexpr std::size_t most_cases = 1000;  // more is a mistake, not a plan

using Settings = std::vector<Setting>;
/// One value of each setting, by index.
using Point = std::vector<std::size_t>;

Settings override_settings(Settings settings, std::span<const Setting> overrides) {
  for (const Setting& override : overrides) {
    const auto same = [&](const Setting& setting) { return setting.key == override.key; };
    const auto found = std::find_if(settings.begin(), settings.end(), same);
    if (found == settings.end()) {
      settings.push_back(override);
    } else {
      // An axis stays one, so that names and expectations keep their meaning.
      found->axis = found->axis || override.axis;
      found->values = override.values;
      found->place = {};
    }
  }
  std::sort(settings.begin(), settings.end(), [](const Setting& a, const Setting& b) { return a.key < b.key; });
  return settings;
}

bool is_given(const Settings& settings, std::string_view path) {
  return std::any_of(settings.begin(), settings.end(),
                     [&](const Setting& setting) { return setting.key->path == path; });
}

Place place_of(const Settings& settings, std::string_view path) {
  for (const Setting& setting : settings)
    if (setting.key->path == path) return setting.place;
  return {};
}

void require_few_cases(const Settings& settings) {
  std::size_t count = 1;
  for (const Setting& setting : settings) {
    count *= setting.values.size();
    if (count > most_cases)
      throw InputError{fmt::format("the axes make more than {} cases; expected fewer or shorter lists", most_cases)};
  }
}

/// The next point, the last setting changing fastest; false after the last one.
bool advance(Point& point, const Settings& settings) {
  for (std::size_t i = settings.size(); i-- > 0;) {
    if (++point[i] < settings[i].values.size()) return true;
    point[i] = 0;
  }
  return false;
}

/// Defaults that depend on other keys.
void complete(Scenario& scenario, const Settings& settings) {
  if (is_given(settings, "train.epochs") && !is_given(settings, "train.steps")) scenario.train.steps = 0;
  OptimizerSpec& optimizer = scenario.train.optimizer;
  using Kind = OptimizerSpec::Kind;
  const bool is_adam = optimizer.kind == Kind::adam || optimizer.kind == Kind::adamw;
  if (is_adam && !is_given(settings, "train.optimizer.learning_rate"))
    optimizer.learning_rate = OptimizerSpec::adam_learning_rate;
  if (optimizer.kind == Kind::adamw && !is_given(settings, "train.optimizer.weight_decay"))
    optimizer.weight_decay = OptimizerSpec::adamw_weight_decay;
}

void resolve_paths(Scenario& scenario) {
  const std::filesystem::path folder = std::filesystem::absolute(scenario.file).parent_path();
  for (std::filesystem::path* path : {&scenario.data.images, &scenario.data.labels, &scenario.data.test_images,
                                      &scenario.data.test_labels, &scenario.data.text})
    if (!path->empty()) *path = (folder / *path).lexically_normal();
}

using Filter = std::function<bool(const Setting&)>;

Scenario make_scenario(const ScenarioDocument& document, const Settings& settings, const Point& point,
                       const Filter& counts) {
  Scenario scenario;
  scenario.file = document.file;
  for (std::size_t i = 0; i < settings.size(); ++i)
    if (counts(settings[i])) settings[i].values[point[i]].apply(scenario);
  complete(scenario, settings);
  resolve_paths(scenario);
  return scenario;
}

Case make_case(const ScenarioDocument& document, const Settings& settings, const Point& point) {
  const Scenario all = make_scenario(document, settings, point, [](const Setting&) { return true; });
  Case made;
  // Without the keys that have no effect, so that equal cases are equal values.
  made.scenario = make_scenario(document, settings, point,
                                [&](const Setting& setting) { return setting.axis || setting.key->used(all); });
  for (std::size_t i = 0; i < settings.size(); ++i)
    if (settings[i].axis)
      made.axes.push_back({std::string{short_name(*settings[i].key)}, settings[i].values[point[i]].value});
  made.name = made.scenario.name;
  for (const Axis& axis : made.axes)
    made.name += fmt::format("{}{}={}", &axis == &made.axes.front() ? "/" : ",", axis.key, axis.value);
  for (const PlacedExpectation& placed : document.expectations)
    if (applies_to(placed.expectation, made.axes)) made.scenario.expectations.push_back(placed.expectation);
  return made;
}

/// Whether an axis without effect makes this point equal to an earlier one.
bool repeats_another(const Scenario& scenario, const Settings& settings, const Point& point) {
  for (std::size_t i = 0; i < settings.size(); ++i)
    if (point[i] > 0 && !settings[i].key->used(scenario)) return true;
  return false;
}

void report_conflicts(const Case& bad, const Settings& settings, std::set<std::string>& reported, Problems& problems) {
  for (const Conflict& conflict : find_conflicts(bad.scenario)) {
    const std::string text = fmt::format("{}: {}", conflict.key, conflict.text);
    if (!reported.insert(text).second) continue;
    const std::string in_case = bad.axes.empty() ? "" : fmt::format(" (in {})", bad.name);
    problems.add(place_of(settings, conflict.key), text + in_case);
  }
}

/// What a key that has no effect in any of the cases would need.
std::string_view missing_condition(const Key& key, const std::vector<Case>& cases) {
  const auto trains = [](const Case& c) { return c.scenario.is_training(); };
  const bool needs_training = key.of_training && std::none_of(cases.begin(), cases.end(), trains);
  return needs_training ? "a training, without `communication.collective`" : key.used_with;
}

/// Sizes of a split for a number of devices that no case has.
void report_splits_for_nobody(const std::vector<Case>& cases, const std::vector<Case>& left_out,
                              const Settings& settings, std::set<std::string>& reported, Problems& problems) {
  for (const Case& bad : left_out) {
    const auto has_split = [&](const Case& c) { return c.scenario.run.split == bad.scenario.run.split; };
    if (is_split_for_others(bad.scenario) && std::none_of(cases.begin(), cases.end(), has_split))
      report_conflicts(bad, settings, reported, problems);
  }
}

/// Keys that the file sets in vain. An axis of one value may be: it is how dump_config writes one.
void report_unused_keys(const ScenarioDocument& document, const std::vector<Case>& cases, Problems& problems) {
  for (const Setting& setting : document.settings) {
    const auto uses = [&](const Case& c) { return setting.key->used(c.scenario); };
    if (std::any_of(cases.begin(), cases.end(), uses) || (setting.axis && setting.values.size() == 1)) continue;
    problems.add(setting.place, fmt::format("{}: has no effect, got {}; expected only with {}", setting.key->path,
                                            setting.values.front().value, missing_condition(*setting.key, cases)));
  }
}

void report_unmatched_expectations(const ScenarioDocument& document, const std::vector<Case>& cases,
                                   Problems& problems) {
  for (const PlacedExpectation& placed : document.expectations) {
    const auto matches = [&](const Case& c) { return applies_to(placed.expectation, c.axes); };
    if (std::none_of(cases.begin(), cases.end(), matches))
      problems.add(placed.place, fmt::format("expect.{}: no case can match, this combination of axes is left out",
                                             printable(placed.name)));
  }
}

}  // namespace

std::vector<Case> expand(const ScenarioDocument& document, std::span<const Setting> overrides) {
  const Settings settings = override_settings(document.settings, overrides);
  Problems problems{document.file.string()};
  try {
    require_few_cases(settings);
  } catch (const InputError& error) {
    problems.add({}, error.what());
    problems.throw_if_any();
  }

  std::vector<Case> cases;
  std::vector<Case> left_out;
  std::set<std::string> reported;
  Point point(settings.size(), 0);
  do {
    Case made = make_case(document, settings, point);
    if (repeats_another(made.scenario, settings, point)) continue;
    if (is_single_on_several(made.scenario) || is_split_for_others(made.scenario)) {
      left_out.push_back(std::move(made));
      continue;
    }
    report_conflicts(made, settings, reported, problems);
    cases.push_back(std::move(made));
  } while (advance(point, settings));

  if (cases.empty())
    for (const Case& bad : left_out) report_conflicts(bad, settings, reported, problems);
  problems.throw_if_any();
  // The command line may leave a key or an expectation of the file without a case.
  if (overrides.empty()) {
    report_splits_for_nobody(cases, left_out, settings, reported, problems);
    report_unused_keys(document, cases, problems);
    report_unmatched_expectations(document, cases, problems);
    problems.throw_if_any();
  }
  return cases;
}

}  // namespace lockstep
