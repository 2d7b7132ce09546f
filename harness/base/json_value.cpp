#include "harness/base/json_value.hpp"

#include <cmath>
#include <set>

#include "harness/base/error.hpp"
#include "harness/base/text.hpp"

namespace lockstep {
namespace {

constexpr int max_depth = 32;
constexpr std::size_t max_name_bytes = 500;

/// "[json.exception.parse_error.101] parse error at line 1, …" without the library's own name for it.
std::string plain_message(const std::string& what) {
  const std::size_t end = what.find("] ");
  return end == std::string::npos ? what : what.substr(end + 2);
}

/// Refuses what the parser itself lets through: repeated keys and deep nesting.
class Strictness {
 public:
  explicit Strictness(const std::string& where) : where_{where} {}

  bool operator()(int depth, Json::parse_event_t event, const Json& parsed) {
    if (depth > max_depth) throw InputError{fmt::format("{}: nesting deeper than {}", where_, max_depth)};
    if (event == Json::parse_event_t::object_start) keys_.emplace_back();
    if (event == Json::parse_event_t::object_end) keys_.pop_back();
    if (event == Json::parse_event_t::key && !keys_.back().insert(parsed.get<std::string>()).second)
      throw InputError{fmt::format("{}: duplicate key {}", where_, printable(parsed.get<std::string>()))};
    return true;
  }

 private:
  const std::string& where_;
  std::vector<std::set<std::string>> keys_;  // of every object that is open
};

std::string shown(const Json& json) {
  if (json.is_string()) return printable(json.get<std::string>());
  if (json.is_object()) return "an object";
  if (json.is_array()) return "a list";
  return json.dump();
}

}  // namespace

Json parse_strict_json(std::string_view text, const std::string& where) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) throw InputError{fmt::format("{}: empty", where)};
  try {
    return Json::parse(text, Strictness{where});
  } catch (const Json::exception& error) {
    const std::string message = plain_message(error.what());
    const bool is_cut = message.find("unexpected end of input") != std::string::npos;
    throw InputError{fmt::format("{}: {}not JSON: {}", where, is_cut ? "incomplete, " : "", message)};
  }
}

void JsonValue::reject(const std::string& why) const {
  throw InputError{path_.empty() ? fmt::format("{}: {}", file_, why) : fmt::format("{}: {}: {}", file_, path_, why)};
}

void JsonValue::expected(std::string_view what) const {
  reject(fmt::format("expected {}, got {}", what, shown(*json_)));
}

std::optional<JsonValue> JsonValue::find(std::string_view key) const {
  if (!json_->is_object()) expected("an object");
  const auto found = json_->find(key);
  if (found == json_->end() || found->is_null()) return std::nullopt;
  return JsonValue{*found, file_, path_.empty() ? std::string{key} : fmt::format("{}.{}", path_, key)};
}

JsonValue JsonValue::at(std::string_view key) const {
  if (auto value = find(key)) return *std::move(value);
  reject(fmt::format("missing key \"{}\"", key));
}

std::vector<JsonValue> JsonValue::items() const {
  if (!json_->is_array()) expected("a list");
  std::vector<JsonValue> values;
  values.reserve(json_->size());
  for (std::size_t i = 0; i < json_->size(); ++i)
    values.push_back({(*json_)[i], file_, fmt::format("{}[{}]", path_, i)});
  return values;
}

std::string JsonValue::text() const {
  if (!json_->is_string()) expected("text");
  return one_plain_line(json_->get<std::string>());
}

std::string JsonValue::name() const {
  std::string value = text();
  if (value.empty() || value.size() > max_name_bytes || value != json_->get<std::string>())
    expected(fmt::format("1 to {} bytes of printable text", max_name_bytes));
  return value;
}

std::uint64_t JsonValue::count() const {
  if (!json_->is_number_unsigned()) expected("a count");
  return json_->get<std::uint64_t>();
}

double JsonValue::number() const {
  if (!json_->is_number()) expected("a number");
  const double value = json_->get<double>();
  if (!std::isfinite(value)) expected("a finite number");
  return value;
}

bool JsonValue::flag() const {
  if (!json_->is_boolean()) expected("true or false");
  return json_->get<bool>();
}

}  // namespace lockstep
