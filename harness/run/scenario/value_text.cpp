#include "harness/run/scenario/value_text.hpp"

#include <toml++/toml.h>

#include "harness/base/error.hpp"
#include "harness/run/scenario/keys.hpp"
#include "harness/run/scenario/syntax.hpp"

namespace lockstep {
namespace {

toml::table as_toml(std::string_view text) {
  // A line break would let the text add keys of its own.
  if (text.find_first_of("\r\n") == text.npos) {
    try {
      return parse_toml(fmt::format("value = {}", text), "value");
    } catch (const InputError&) {
      // Not TOML: a bare name.
    }
  }
  return toml::table{{"value", std::string{text}}};
}

}  // namespace

std::vector<std::string_view> split_values(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t depth = 0;
  std::size_t start = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char character = text[at];
    if (character == '"') in_string = !in_string;
    if (in_string) continue;
    if (character == '[' || character == '{') ++depth;
    if ((character == ']' || character == '}') && depth > 0) --depth;
    if (character == ',' && depth == 0) parts.push_back(text.substr(start, at - start)), start = at + 1;
  }
  parts.push_back(text.substr(start));
  return parts;
}

Assignment read_value(const Key& key, std::string_view text) {
  const toml::table table = as_toml(text);
  try {
    return key.read(*table.get("value"));
  } catch (const InputError& error) {
    throw InputError{fmt::format("{}; expected {}", error.what(), key.expected)};
  }
}

}  // namespace lockstep
