#include "harness/run/scenario/formats.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "harness/base/error.hpp"
#include "harness/base/text.hpp"

namespace lockstep::formats {
namespace {

[[noreturn]] void wrong(std::string_view what, const std::string& found) {
  throw InputError{fmt::format("{}, got {}", what, found)};
}

std::int64_t parse_integer(const toml::node& value) {
  const auto* number = value.as_integer();
  if (number == nullptr) wrong("wrong type", shown(value));
  return number->get();
}

std::size_t parse_integer(const toml::node& value, std::size_t min, std::size_t max) {
  const std::int64_t number = parse_integer(value);
  if (number < 0 || static_cast<std::size_t>(number) < min || static_cast<std::size_t>(number) > max)
    wrong("out of range", std::to_string(number));
  return static_cast<std::size_t>(number);
}

/// A finite number; an integer will do.
double parse_real(const toml::node& value) {
  if (const auto* number = value.as_integer()) return static_cast<double>(number->get());
  const auto* number = value.as_floating_point();
  if (number == nullptr) wrong("wrong type", shown(value));
  if (!std::isfinite(number->get())) wrong("not a finite number", fmt::format("{}", number->get()));
  return number->get() + 0.0;  // -0 becomes 0
}

/// The shortest digits that give the same double back, and a point so that it stays a real.
std::string print_real(double value) {
  std::string digits = fmt::format("{}", value);
  return digits.find_first_of(".e") == std::string::npos ? digits + ".0" : digits;
}

template <typename T, typename Print>
std::string print_list(const std::vector<T>& list, Print print) {
  std::string text;
  for (const T& element : list) text += (text.empty() ? "" : ", ") + print(element);
  return "[" + text + "]";
}

std::string print_matrix(const std::vector<std::vector<double>>& rows) {
  return print_list(rows, [](const auto& row) { return print_list(row, print_real); });
}

std::vector<std::vector<double>> parse_matrix(const toml::node& value) {
  const toml::array* rows = value.as_array();
  if (rows == nullptr) wrong("wrong type", shown(value));
  std::vector<std::vector<double>> matrix;
  for (const toml::node& row : *rows) {
    const toml::array* numbers = row.as_array();
    if (numbers == nullptr) wrong("wrong type of a row", shown(row));
    matrix.emplace_back();
    for (const toml::node& number : *numbers) matrix.back().push_back(parse_real(number));
  }
  return matrix;
}

std::string describe_range(Bound low, Bound high) {
  return fmt::format("a real {} {}, {} {}", low.included ? "from" : "above", low.value,
                     high.included ? "at most" : "below", high.value);
}

bool is_control(char character) { return static_cast<unsigned char>(character) < 0x20 || character == 0x7F; }

std::string parse_plain_text(const toml::node& value, std::size_t limit) {
  const std::string text = parse_string(value);
  if (std::any_of(text.begin(), text.end(), is_control)) wrong("control character", printable(text));
  if (text.size() > limit) wrong(fmt::format("too long ({} bytes)", text.size()), printable(text));
  return text;
}

struct Unit {
  std::string_view name;
  double size;
};
constexpr std::array<Unit, 4> byte_units{{{"B", 1}, {"KiB", KiB}, {"MiB", MiB}, {"GiB", GiB}}};
constexpr std::array<Unit, 4> time_units{{{"ms", 1e-3}, {"s", 1}, {"min", 60}, {"h", 3600}}};

/// `"25 MiB"` in units of size 1. from_chars, because the C library's functions obey the locale.
double parse_quantity(const toml::node& value, std::span<const Unit> units) {
  const std::string text = parse_string(value);
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(number)) wrong("no number at the start", printable(text));
  std::string_view unit{rest, static_cast<std::size_t>(end - rest)};
  unit.remove_prefix(std::min(unit.find_first_not_of(' '), unit.size()));
  if (unit.empty()) wrong("unit missing", printable(text));
  const auto found = std::find_if(units.begin(), units.end(), [&](const Unit& known) { return known.name == unit; });
  if (found == units.end()) wrong("unknown unit", printable(text));
  return number * found->size;
}

std::size_t parse_bytes(const toml::node& value, std::size_t min, std::size_t max, std::size_t unit) {
  if (value.is_boolean() || value.is_floating_point()) wrong("wrong type", shown(value));
  const double count =
      value.is_integer() ? static_cast<double>(parse_integer(value)) : parse_quantity(value, byte_units);
  const std::string found = value.is_integer() ? fmt::format("{}", count) : printable(parse_string(value));
  // Every limit is far below 2^53, so that a double counts bytes without rounding.
  if (count < static_cast<double>(min) || count > static_cast<double>(max)) wrong("out of range", found);
  if (count != std::floor(count)) wrong("not a whole number of bytes", found);
  const auto whole = static_cast<std::size_t>(count);
  if (whole % unit != 0) wrong(fmt::format("not a multiple of {} bytes", unit), found);
  return whole;
}

/// In the largest unit that needs no fraction.
std::string print_bytes(std::size_t count) {
  std::size_t unit = 0;
  std::size_t size = count;
  while (size != 0 && size % 1024 == 0 && unit + 1 < byte_units.size()) size /= 1024, ++unit;
  return fmt::format("{} {}", size, byte_units[unit].name);
}

std::string print_duration(Seconds duration) { return fmt::format("{} s", duration.count()); }

InitSpec parse_init(const toml::node& value) {
  const toml::table* table = value.as_table();
  if (table == nullptr)
    return parse_name(value, {"kaiming", "ternary"}) == 0 ? InitSpec{InitSpec::Kaiming{}}
                                                          : InitSpec{InitSpec::Ternary{}};
  if (table->size() != 1) wrong("not exactly one key", fmt::format("{}", table->size()));
  const auto only = table->begin();  // what it points to lives no longer than it
  const std::string_view name = only->first.str();
  const toml::node& node = only->second;
  if (name == "constant") return {InitSpec::Constant{parse_real(node)}};
  if (name == "values") return {InitSpec::Values{parse_matrix(node)}};
  wrong("unknown key", printable(name));
}

std::string print_init(const InitSpec& init) {
  if (std::holds_alternative<InitSpec::Kaiming>(init.choice)) return toml_string("kaiming");
  if (std::holds_alternative<InitSpec::Ternary>(init.choice)) return toml_string("ternary");
  if (const auto* constant = std::get_if<InitSpec::Constant>(&init.choice))
    return fmt::format("{{ constant = {} }}", print_real(constant->value));
  return fmt::format("{{ values = {} }}", print_matrix(std::get<InitSpec::Values>(init.choice).parameters));
}

constexpr std::array<std::string_view, 3> split_rules{"chunk", "balanced", "speed"};  // as in SplitSpec::Rule
constexpr std::size_t most_rows = 1'000'000;
constexpr std::size_t most_devices = 64;

SplitSpec parse_split(const toml::node& value) {
  const toml::table* table = value.as_table();
  if (table == nullptr)
    return {static_cast<SplitSpec::Rule>(parse_name(value, {split_rules.begin(), split_rules.end()}))};
  if (table->size() != 1) wrong("not exactly one key", fmt::format("{}", table->size()));
  const auto only = table->begin();  // what it points to lives no longer than it
  if (only->first.str() != "sizes") wrong("unknown key", printable(only->first.str()));
  const toml::array* sizes = only->second.as_array();
  if (sizes == nullptr) wrong("wrong type of sizes", shown(only->second));
  if (sizes->empty() || sizes->size() > most_devices) wrong("wrong number of sizes", std::to_string(sizes->size()));
  SplitSpec::Sizes rows;
  for (const toml::node& size : *sizes) rows.push_back(parse_integer(size, 0, most_rows));
  return {std::move(rows)};
}

std::string print_split(const SplitSpec& split) {
  if (const SplitSpec::Sizes* sizes = split.sizes())
    return fmt::format("{{ sizes = {} }}", print_list(*sizes, [](std::size_t size) { return std::to_string(size); }));
  return toml_string(split_rules[static_cast<std::size_t>(std::get<SplitSpec::Rule>(split.choice))]);
}

}  // namespace

std::string shown(const toml::node& value) {
  if (const auto* text = value.as_string()) return "string " + printable(text->get());
  if (const auto* number = value.as_integer()) return fmt::format("integer {}", number->get());
  if (const auto* number = value.as_floating_point()) return fmt::format("real {}", print_real(number->get()));
  if (const auto* truth = value.as_boolean()) return fmt::format("boolean {}", truth->get());
  if (value.is_array()) return "a list";
  return value.is_table() ? "a table" : "a date or time";
}

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') out += '\\';
    out += character;
  }
  return out + '"';
}

std::string parse_string(const toml::node& value) {
  const auto* text = value.as_string();
  if (text == nullptr) wrong("wrong type", shown(value));
  return text->get();
}

std::size_t parse_name(const toml::node& value, const std::vector<std::string_view>& names) {
  const std::string name = parse_string(value);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) wrong("unknown name", printable(name));
  return static_cast<std::size_t>(found - names.begin());
}

std::string alternatives(const std::vector<std::string_view>& names) {
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i)
    list += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + toml_string(names[i]);
  return list;
}

Format<std::size_t> integer(std::size_t min, std::size_t max) {
  return {.expected = fmt::format("an integer from {} to {}", min, max),
          .parse = [=](const toml::node& value) { return parse_integer(value, min, max); },
          .print = [](const std::size_t& value) { return std::to_string(value); }};
}

Format<double> real(Bound low, Bound high) {
  return {.expected = describe_range(low, high),
          .parse =
              [=](const toml::node& value) {
                const double number = parse_real(value);
                const bool below_low = number < low.value || (!low.included && number == low.value);
                const bool above_high = number > high.value || (!high.included && number == high.value);
                if (below_low || above_high) wrong("out of range", print_real(number));
                return number;
              },
          .print = print_real};
}

Format<bool> boolean() {
  return {.expected = "true or false",
          .parse =
              [](const toml::node& value) {
                const auto* truth = value.as_boolean();
                if (truth == nullptr) wrong("wrong type", shown(value));
                return truth->get();
              },
          .print = [](const bool& value) { return std::string{value ? "true" : "false"}; }};
}

Format<std::size_t> schema_version(std::size_t newest) {
  Format<std::size_t> format = integer(1, newest);
  format.expected = fmt::format("the integer {}", newest);
  format.parse = [=](const toml::node& value) {
    const std::int64_t version = parse_integer(value);
    if (version > static_cast<std::int64_t>(newest))
      throw InputError{fmt::format("version {} is newer than this program ({})", version, newest)};
    return parse_integer(value, 1, newest);
  };
  return format;
}

Format<std::string> text(std::size_t limit) {
  return {.expected = fmt::format("text of at most {} bytes", limit),
          .parse = [=](const toml::node& value) { return parse_plain_text(value, limit); },
          .print = [](const std::string& value) { return value.empty() ? value : toml_string(value); }};
}

Format<std::string> identifier(std::size_t limit) {
  return {
      .expected = fmt::format("1 to {} letters, digits, \".\", \"_\" or \"-\", starting with a letter or digit", limit),
      .parse =
          [=](const toml::node& value) {
            const std::string name = parse_plain_text(value, limit);
            const auto is_letter = [](char c) {
              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            };
            const auto fits = [&](char c) { return is_letter(c) || c == '.' || c == '_' || c == '-'; };
            if (name.empty() || !is_letter(name[0]) || !std::all_of(name.begin(), name.end(), fits))
              wrong("not a name", printable(name));
            return name;
          },
      .print = toml_string};
}

Format<std::string> name_in(std::vector<std::string_view> names) {
  return {.expected = alternatives(names),
          .parse = [=](const toml::node& value) { return std::string{names[parse_name(value, names)]}; },
          .print = toml_string};
}

Format<std::filesystem::path> file_path() {
  constexpr std::size_t limit = 4095;  // PATH_MAX without the terminating NUL
  return {.expected = "the path of a file",
          .parse =
              [](const toml::node& value) {
                const std::string path = parse_plain_text(value, limit);
                if (path.empty()) wrong("empty", printable(path));
                if (path.back() == '/') wrong("a folder", printable(path));
                return std::filesystem::path{path};
              },
          .print = [](const std::filesystem::path& path) { return path.empty() ? "" : toml_string(path.string()); }};
}

Format<std::size_t> bytes(std::size_t min, std::size_t max, std::size_t unit) {
  const std::string multiple = unit == 1 ? "" : fmt::format(", a multiple of {} bytes", unit);
  return {.expected = fmt::format("a size from {} to {}{}, like \"25 MiB\" (B, KiB, MiB, GiB) or a number of bytes",
                                  print_bytes(min), print_bytes(max), multiple),
          .parse = [=](const toml::node& value) { return parse_bytes(value, min, max, unit); },
          .print = [](const std::size_t& count) { return toml_string(print_bytes(count)); }};
}

Format<Seconds> duration(Seconds min, Seconds max) {
  return {.expected = fmt::format("a duration from {} to {}, like \"60 s\" (ms, s, min, h)", print_duration(min),
                                  print_duration(max)),
          .parse =
              [=](const toml::node& value) {
                const Seconds length{parse_quantity(value, time_units)};
                if (length < min || length > max) wrong("out of range", shown(value));
                return length;
              },
          .print = [](const Seconds& length) { return toml_string(print_duration(length)); }};
}

Format<std::vector<std::size_t>> integers(std::size_t min, std::size_t max, std::size_t min_size,
                                          std::size_t max_size) {
  return {.expected = fmt::format("a list of {} to {} integers from {} to {}", min_size, max_size, min, max),
          .depth = 1,
          .parse =
              [=](const toml::node& value) {
                const toml::array* list = value.as_array();
                if (list == nullptr) wrong("wrong type", shown(value));
                if (list->size() < min_size || list->size() > max_size)
                  wrong("wrong length", std::to_string(list->size()));
                std::vector<std::size_t> numbers;
                for (const toml::node& number : *list) numbers.push_back(parse_integer(number, min, max));
                return numbers;
              },
          .print =
              [](const std::vector<std::size_t>& list) {
                return print_list(list, [](std::size_t number) { return std::to_string(number); });
              }};
}

Format<std::vector<std::vector<double>>> matrix() {
  return {.expected = "a list of lists of finite numbers",
          .depth = 2,
          .parse = parse_matrix,
          .print = [](const auto& rows) { return rows.empty() ? std::string{} : print_matrix(rows); }};
}

Format<InitSpec> init() {
  return {.expected = "\"kaiming\", \"ternary\", { constant = 1.0 } or { values = [[…], …] }",
          .parse = parse_init,
          .print = print_init};
}

Format<SplitSpec> split() {
  return {.expected = "\"chunk\", \"balanced\", \"speed\" or { sizes = [6, 2] }",
          .parse = parse_split,
          .print = print_split};
}

}  // namespace lockstep::formats
