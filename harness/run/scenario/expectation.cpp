#include "harness/run/scenario/expectation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "harness/base/error.hpp"
#include "harness/base/text.hpp"
#include "harness/run/scenario/formats.hpp"
#include "harness/run/scenario/keys.hpp"
#include "harness/run/scenario/value_text.hpp"

namespace lockstep {
namespace {

/// Lower-case words of a metric's name.
bool is_metric_name(std::string_view name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.'; };
  return !name.empty() && std::all_of(name.begin(), name.end(), fits);
}

std::string list_axes(std::span<const Setting> settings) {
  std::string names;
  for (const Setting& setting : settings)
    if (setting.axis) names += (names.empty() ? "" : ", ") + std::string{short_name(*setting.key)};
  return names.empty() ? "none, this scenario has no axis" : names;
}

const Setting& find_axis(std::string_view name, std::span<const Setting> settings) {
  for (const Setting& setting : settings)
    if (setting.axis && (setting.key->path == name || short_name(*setting.key) == name)) return setting;
  throw InputError{fmt::format("unknown axis, got {}; expected one of: {}", printable(name), list_axes(settings))};
}

/// The axis's own spelling of `text`: "25 MiB" for "25MiB".
std::string find_value(std::string_view text, const Setting& axis) {
  std::string value{text};
  try {
    value = read_value(*axis.key, text).value;
  } catch (const InputError&) {
    // Long values are named by their hash, which no reader understands.
  }
  std::string values;
  for (const Assignment& known : axis.values) {
    if (known.value == value) return value;
    values += (values.empty() ? "" : ", ") + known.value;
  }
  throw InputError{fmt::format("no case has this value of {}, got {}; expected one of: {}", short_name(*axis.key),
                               printable(text), values)};
}

std::map<std::string, std::string> read_where(std::string_view text, std::span<const Setting> settings) {
  std::map<std::string, std::string> where;
  for (const std::string_view part : split_values(text)) {
    const std::size_t equals = part.find('=');
    if (equals == part.npos) throw InputError{fmt::format("no value, got {}; expected axis=value", printable(part))};
    const Setting& axis = find_axis(part.substr(0, equals), settings);
    const std::string name{short_name(*axis.key)};
    if (!where.emplace(name, find_value(part.substr(equals + 1), axis)).second)
      throw InputError{fmt::format("axis given twice, got {}", printable(text))};
  }
  return where;
}

std::optional<double> read_bound(const toml::table& bounds, std::string_view name) {
  const toml::node* bound = bounds.get(name);
  if (bound == nullptr) return std::nullopt;
  static const formats::Format<double> number = formats::real(formats::from(std::numeric_limits<double>::lowest()),
                                                              formats::to(std::numeric_limits<double>::max()));
  try {
    return number.parse(*bound);
  } catch (const InputError& error) {
    throw InputError{fmt::format("{}: {}; expected a finite number", name, error.what())};
  }
}

}  // namespace

Expectation read_expectation(std::string_view name, const toml::node& bounds, std::span<const Setting> settings) {
  const std::size_t at = name.find('@');
  Expectation expectation;
  expectation.metric = name.substr(0, at);
  if (!is_metric_name(expectation.metric))
    throw InputError{fmt::format("not a metric's name, got {}; expected metric or metric@axis=value,axis=value",
                                 printable(expectation.metric))};
  if (at != name.npos) expectation.where = read_where(name.substr(at + 1), settings);

  const toml::table* table = bounds.as_table();
  if (table == nullptr)
    throw InputError{fmt::format("wrong type, got {}; expected {{ min = …, max = … }}", formats::shown(bounds))};
  for (const auto& [key, value] : *table)
    if (key != "min" && key != "max")
      throw InputError{fmt::format("unknown key {}; expected \"min\" or \"max\"", printable(key.str()))};
  expectation.min = read_bound(*table, "min");
  expectation.max = read_bound(*table, "max");
  if (!expectation.min && !expectation.max) throw InputError{"nothing is expected, got {}; expected min, max or both"};
  if (expectation.min && expectation.max && *expectation.min > *expectation.max)
    throw InputError{fmt::format("min is above max, got min = {} and max = {}", *expectation.min, *expectation.max)};
  return expectation;
}

bool applies_to(const Expectation& expectation, std::span<const Axis> axes) {
  return std::all_of(expectation.where.begin(), expectation.where.end(), [&](const auto& wanted) {
    return std::any_of(axes.begin(), axes.end(),
                       [&](const Axis& axis) { return axis.key == wanted.first && axis.value == wanted.second; });
  });
}

}  // namespace lockstep
