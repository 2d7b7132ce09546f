#include "harness/run/scenario/dump.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/run/scenario/formats.hpp"
#include "harness/run/scenario/keys.hpp"

namespace lockstep {
namespace {

std::string print_expectation(const Expectation& expectation) {
  std::string name = expectation.metric;
  for (const auto& [axis, value] : expectation.where)
    name += fmt::format("{}{}={}", name.size() == expectation.metric.size() ? "@" : ",", axis, value);
  std::string bounds;
  if (expectation.min) bounds += fmt::format("min = {}", *expectation.min);
  if (expectation.max) bounds += fmt::format("{}max = {}", bounds.empty() ? "" : ", ", *expectation.max);
  return fmt::format("{} = {{ {} }}\n", formats::toml_string(name), bounds);
}

std::string default_of(const Key& key) {
  if (key.required) return "**required**";
  const std::string value = key.print(Scenario{});
  // The resting one of two keys that exclude each other.
  return value.empty() || (!key.used_with.empty() && value == "0") ? "" : fmt::format("`{}`", value);
}

}  // namespace

std::string dump_config(const Case& resolved) {
  std::string toml;
  std::string_view section;
  for (const Key& key : scenario_keys()) {
    const auto is_key = [&](const Axis& axis) { return axis.key == short_name(key); };
    const bool axis = std::any_of(resolved.axes.begin(), resolved.axes.end(), is_key);
    const std::string value = key.print(resolved.scenario);
    if (value.empty() || !(axis || key.used(resolved.scenario))) continue;

    const std::size_t dot = key.path.find('.');
    const std::string_view key_section = dot == key.path.npos ? "" : key.path.substr(0, dot);
    if (key_section != section) toml += fmt::format("\n[{}]\n", key_section);
    section = key_section;
    const std::string_view name = section.empty() ? key.path : key.path.substr(dot + 1);
    toml += fmt::format("{} = {}\n", name, axis ? fmt::format("[{}]", value) : value);
  }
  if (!resolved.scenario.expectations.empty()) toml += "\n[expect]\n";
  for (const Expectation& expectation : resolved.scenario.expectations) toml += print_expectation(expectation);
  return toml;
}

std::string describe_keys() {
  std::string page = "| Key | Value | Default | Axis | Meaning |\n|---|---|---|---|---|\n";
  for (const Key& key : scenario_keys()) {
    const std::string only = key.used_with.empty() ? "" : fmt::format(" (only with {})", key.used_with);
    page += fmt::format("| `{}` | {} | {} | {} | {}{} |\n", key.path, key.expected, default_of(key),
                        key.can_be_axis ? "yes" : "", key.meaning, only);
  }
  return page;
}

}  // namespace lockstep
