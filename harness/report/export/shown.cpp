#include "harness/report/export/shown.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

#include "harness/base/text.hpp"
#include "harness/base/units.hpp"

namespace lockstep {
namespace {

std::string valid_utf8(std::string_view text) {
  std::string valid;
  for (std::size_t end = first_invalid_utf8(text); end != std::string_view::npos; end = first_invalid_utf8(text)) {
    valid += text.substr(0, end);
    valid += '?';
    text.remove_prefix(end + 1);
  }
  return valid += text;
}

const Json* value_at(const Json& object, std::string_view key, std::string_view inner) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  if (found == object.end()) return nullptr;
  return inner.empty() ? &*found : value_at(*found, inner, {});
}

}  // namespace

std::string shown(std::string_view text) {
  std::string line = one_plain_line(valid_utf8(text));
  for (const std::string_view never : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"})
    for (std::size_t at = line.find(never); at != std::string::npos; at = line.find(never)) line.replace(at, 3, 1, '?');
  return line;
}

std::string shown(double value, std::string_view unit) {
  if (unit == "s" && value >= 0) return format_duration(Seconds{value});
  if (unit == "B" && value >= 0 && value < 1e18) return format_bytes(static_cast<std::size_t>(std::llround(value)));
  if (unit == "B/s") return fmt::format("{:.4g} GB/s", value * 1e-9);
  if (unit == "1" || unit.empty()) return fmt::format("{:.4g}", value);
  return fmt::format("{:.4g} {}", value, shown(unit));
}

std::string exact_text(double value) { return fmt::format("{}", value); }

std::string_view word_of_unit(std::string_view unit) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> words{
      {{"s", "seconds"},
       {"B", "bytes"},
       {"B/s", "bytes_per_second"},
       {"s/B", "seconds_per_byte"},
       {"s/sqrt(B)", "seconds_per_sqrt_byte"},
       {"samples", "samples"},
       {"samples/s", "samples_per_second"},
       {"1", "ratio"}}};
  for (const auto& [symbol, word] : words)
    if (symbol == unit) return word;
  return "units";
}

std::optional<std::string> text_at(const Json& object, std::string_view key, std::string_view inner) {
  const Json* const value = value_at(object, key, inner);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return shown(value->get<std::string>());
}

std::optional<double> number_at(const Json& object, std::string_view key, std::string_view inner) {
  const Json* const value = value_at(object, key, inner);
  if (value == nullptr || !value->is_number() || !std::isfinite(value->get<double>())) return std::nullopt;
  return value->get<double>();
}

}  // namespace lockstep
