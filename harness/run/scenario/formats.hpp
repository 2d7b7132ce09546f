// How one kind of value is read from TOML, limited and printed. keys.cpp combines these with fields.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "harness/base/error.hpp"
#include "harness/base/units.hpp"
#include "harness/run/scenario/scenario.hpp"

namespace lockstep::formats {

template <typename T>
struct Format {
  std::string expected;                        // "an integer from 1 to 64"
  int depth = 0;                               // how many lists deep one value is; one list more makes an axis
  std::function<T(const toml::node&)> parse;   // throws InputError: what is wrong and what was found
  std::function<std::string(const T&)> print;  // as TOML; empty when there is no value
};

/// A real bound that belongs to the range or not.
struct Bound {
  double value;
  bool included;
};
inline Bound from(double value) { return {value, true}; }
inline Bound above(double value) { return {value, false}; }
inline Bound to(double value) { return {value, true}; }
inline Bound below(double value) { return {value, false}; }

// std::size_t and std::uint64_t are one type here; a TOML integer has 63 bits and a sign.
Format<std::size_t> integer(std::size_t min, std::size_t max);
Format<double> real(Bound low, Bound high);
Format<bool> boolean();
/// The schema's version; a newer one has its own message.
Format<std::size_t> schema_version(std::size_t newest);
/// Text for people: no control characters, at most `limit` bytes.
Format<std::string> text(std::size_t limit);
/// Letters, digits, `.`, `_` and `-`, at most `limit`: fit for a file name.
Format<std::string> identifier(std::size_t limit);
/// One of the names of a table elsewhere.
Format<std::string> name_in(std::vector<std::string_view> names);
Format<std::filesystem::path> file_path();
/// "512 MiB", or a number of bytes; a multiple of `unit`.
Format<std::size_t> bytes(std::size_t min, std::size_t max, std::size_t unit = 1);
/// "500 ms", "60 s", "5 min", "1 h".
Format<Seconds> duration(Seconds min, Seconds max);
/// A list of `min_size` to `max_size` integers.
Format<std::vector<std::size_t>> integers(std::size_t min, std::size_t max, std::size_t min_size, std::size_t max_size);
Format<std::vector<std::vector<double>>> matrix();
Format<InitSpec> init();
Format<SplitSpec> split();

template <typename Enum>
using Names = std::vector<std::pair<std::string_view, Enum>>;

/// `value` as people read it: `integer 3`, `string "3"`, `an array`.
std::string shown(const toml::node& value);
/// `text` as a TOML string.
std::string toml_string(std::string_view text);
/// The string in `value`; throws InputError when it is none.
std::string parse_string(const toml::node& value);
/// The position of the string `value` among `names`; throws InputError when it is not there.
std::size_t parse_name(const toml::node& value, const std::vector<std::string_view>& names);
/// `"relu", "tanh" or "none"`.
std::string alternatives(const std::vector<std::string_view>& names);

template <typename Enum>
Format<Enum> choice(Names<Enum> table) {
  std::vector<std::string_view> names;
  for (const auto& row : table) names.push_back(row.first);
  return {.expected = alternatives(names),
          .parse = [=](const toml::node& value) { return table[parse_name(value, names)].second; },
          .print =
              [=](const Enum& chosen) {
                for (const auto& [name, value] : table)
                  if (value == chosen) return toml_string(name);
                return std::string{};
              }};
}

/// A list without repetitions, possibly empty.
template <typename Enum>
Format<std::vector<Enum>> choices(Names<Enum> table) {
  const Format<Enum> one = choice(table);
  return {.expected = "a list of " + one.expected + ", each once",
          .depth = 1,
          .parse =
              [=](const toml::node& value) {
                const toml::array* list = value.as_array();
                if (list == nullptr) throw InputError{"wrong type, got " + shown(value)};
                std::vector<Enum> chosen;
                for (const toml::node& element : *list) {
                  const Enum name = one.parse(element);
                  for (const Enum other : chosen)
                    if (other == name) throw InputError{"repeated name, got " + shown(element)};
                  chosen.push_back(name);
                }
                return chosen;
              },
          .print =
              [=](const std::vector<Enum>& chosen) {
                std::string list;
                for (const Enum name : chosen) list += (list.empty() ? "" : ", ") + one.print(name);
                return "[" + list + "]";
              }};
}

}  // namespace lockstep::formats
