#include "harness/history/reference.hpp"

#include <charconv>

#include "harness/base/error.hpp"
#include "harness/base/text.hpp"
#include "harness/history/history.hpp"

namespace lockstep {
namespace {

constexpr std::string_view prefix = "history:";

/// The number that all of the text is.
std::optional<std::int64_t> as_id(std::string_view text) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional{id} : std::nullopt;
}

}  // namespace

bool is_history_reference(const std::string& side) { return side.starts_with(prefix); }

Side read_stored_side(const std::string& reference) {
  const std::size_t hash = reference.rfind('#');
  const bool is_whole = hash != std::string::npos && hash > prefix.size() && hash + 1 < reference.size();
  if (!is_whole)
    throw UsageError{
        fmt::format("{}: expected history:FILE#NAME, with a baseline or the id of a result", printable(reference))};
  const std::string name = reference.substr(hash + 1);
  History history{reference.substr(prefix.size(), hash - prefix.size())};
  const std::optional<std::int64_t> id = as_id(name);
  Side side{.label = reference, .runs = {}};
  side.runs.push_back(history.load(id ? *id : history.baseline(name), reference));
  require_complete(side.runs.back());
  return side;
}

}  // namespace lockstep
