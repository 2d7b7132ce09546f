#include "harness/run/scenario/syntax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "harness/base/error.hpp"
#include "harness/base/text.hpp"

namespace lockstep {
namespace {

constexpr std::size_t deepest = 32;

/// The offset behind the string that starts at `at`. An unfinished one ends with its line, where the parser will stop
/// too.
std::size_t skip_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const std::string_view triple = quote == '"' ? "\"\"\"" : "'''";
  const bool multiline = text.substr(at).starts_with(triple);
  const bool escapes = quote == '"';
  for (at += multiline ? 3 : 1; at < text.size(); ++at) {
    if (escapes && text[at] == '\\') {
      ++at;
    } else if (multiline ? text.substr(at).starts_with(triple) : text[at] == quote) {
      return at + (multiline ? 3 : 1);
    } else if (!multiline && text[at] == '\n') {
      return at;
    }
  }
  return text.size();
}

/// The offset where brackets, or the parts of a dotted key, are nested too deeply; npos when nowhere. Each level costs
/// the parser (or the destructor of its tables) a stack frame.
std::size_t find_too_deep(std::string_view text) {
  std::size_t brackets = 0;
  std::size_t dots = 0;  // since the last separator: a number has one at most
  for (std::size_t at = 0; at < text.size(); ++at) {
    switch (text[at]) {
      case '"':
      case '\'':
        at = skip_string(text, at) - 1;
        continue;
      case '#':
        at = std::min(text.find('\n', at), text.size()) - 1;
        continue;
      case '.':
        ++dots;
        break;
      case '[':
      case '{':
        ++brackets, dots = 0;
        break;
      case ']':
      case '}':
        brackets -= brackets > 0 ? 1 : 0, dots = 0;
        break;
      case ',':
      case '=':
      case '\n':
        dots = 0;
        break;
      default:
        break;
    }
    if (brackets + dots > deepest) return at;
  }
  return std::string_view::npos;
}

std::string place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return fmt::format("{}:{}", std::count(before.begin(), before.end(), '\n') + 1, offset - line_start + 1);
}

/// toml++'s own words, without the part of its grammar it was in.
std::string reason(const toml::parse_error& error) {
  std::string_view text = error.description();
  if (const std::size_t colon = text.find(": "); text.starts_with("Error while parsing") && colon != text.npos)
    text.remove_prefix(colon + 2);
  const std::string safe = printable(text);
  return safe.substr(1, safe.size() - 2);
}

}  // namespace

toml::table parse_toml(std::string_view text, std::string_view file) {
  if (text.starts_with("\xEF\xBB\xBF"))
    throw InputError{fmt::format("{}: not UTF-8 at byte 0: a byte order mark", file)};
  if (const std::size_t at = first_invalid_utf8(text); at != text.npos)
    throw InputError{fmt::format("{}: not UTF-8 at byte {}", file, at)};
  if (const std::size_t at = find_too_deep(text); at != text.npos)
    throw InputError{fmt::format("{}:{}: nesting deeper than {}", file, place_of(text, at), deepest)};
  try {
    toml::table table = toml::parse(text);
    if (table.empty()) throw InputError{fmt::format("{}: empty scenario", file)};
    return table;
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    throw InputError{fmt::format("{}:{}:{}: not valid TOML: {}", file, at.line, at.column, reason(error))};
  }
}

}  // namespace lockstep
