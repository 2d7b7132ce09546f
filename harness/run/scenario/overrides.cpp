#include <fmt/format.h>

#include <algorithm>

#include "harness/base/error.hpp"
#include "harness/base/text.hpp"
#include "harness/run/scenario/expand.hpp"
#include "harness/run/scenario/keys.hpp"
#include "harness/run/scenario/value_text.hpp"

namespace lockstep {
namespace {

Setting parse_override(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos) throw InputError{"no value; expected key=value or key=value,value"};
  const Key& key = resolve_key(text.substr(0, equals));
  Setting setting{.key = &key, .values = {}, .axis = false, .place = {}};
  for (const std::string_view value : split_values(text.substr(equals + 1))) {
    Assignment assignment = read_value(key, value);
    for (const Assignment& other : setting.values)
      if (other.value == assignment.value) throw InputError{fmt::format("value given twice, got {}", printable(value))};
    setting.values.push_back(std::move(assignment));
  }
  setting.axis = setting.values.size() > 1;
  if (setting.axis && !key.can_be_axis)
    throw InputError{fmt::format("{} cannot have several values; expected {}", key.path, key.expected)};
  return setting;
}

}  // namespace

std::vector<Setting> parse_overrides(std::span<const std::string> texts) {
  std::vector<Setting> settings;
  for (const std::string& text : texts) {
    try {
      Setting setting = parse_override(text);
      const auto same = [&](const Setting& other) { return other.key == setting.key; };
      if (std::any_of(settings.begin(), settings.end(), same))
        throw InputError{fmt::format("{} is given twice", setting.key->path)};
      settings.push_back(std::move(setting));
    } catch (const InputError& error) {
      throw UsageError{fmt::format("-a {}: {}", printable(text), error.what())};
    }
  }
  return settings;
}

}  // namespace lockstep
