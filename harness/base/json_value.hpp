// A JSON document from outside, read strictly, with the place of every value for messages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json.hpp"

namespace lockstep {

/// Parses what the standard allows and no more: no key twice, no NaN, no number out of range, nesting to 32. Throws
/// InputError with `where`, line and column.
Json parse_strict_json(std::string_view text, const std::string& where);

/// A value inside a document, which must outlive it. Everything that is not as asked for is an InputError that names
/// the file and the path of keys: `result.json: cases[3].metrics[0].value: expected a number, got "fast"`.
class JsonValue {
 public:
  JsonValue(const Json& json, std::string file) : json_{&json}, file_{std::move(file)} {}

  /// A key that must be there; of an object.
  [[nodiscard]] JsonValue at(std::string_view key) const;
  /// A key that may be missing or null.
  [[nodiscard]] std::optional<JsonValue> find(std::string_view key) const;
  /// The elements of a list.
  [[nodiscard]] std::vector<JsonValue> items() const;

  /// One line of text without anything that drives a terminal: such characters are replaced.
  [[nodiscard]] std::string text() const;
  /// Text that stands for something: not empty, at most 500 bytes, and printable as it is.
  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] double number() const;
  [[nodiscard]] bool flag() const;

  [[nodiscard]] const Json& json() const { return *json_; }
  [[noreturn]] void reject(const std::string& why) const;
  [[noreturn]] void expected(std::string_view what) const;

 private:
  JsonValue(const Json& json, std::string file, std::string path)
      : json_{&json}, file_{std::move(file)}, path_{std::move(path)} {}

  const Json* json_;
  std::string file_;
  std::string path_;  // "cases[3].name"; empty for the document itself
};

}  // namespace lockstep
