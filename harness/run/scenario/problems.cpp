#include "harness/run/scenario/problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "harness/base/error.hpp"

namespace lockstep {

void Problems::add(Place place, std::string_view what) {
  const std::string position = place.line == 0 ? "" : fmt::format("{}:{}:", place.line, place.column);
  std::string text = fmt::format("{}:{} {}", file_, position, what);
  const auto same = [&](const Line& line) { return line.text == text; };
  if (std::none_of(lines_.begin(), lines_.end(), same)) lines_.push_back({place, std::move(text)});
}

void Problems::throw_if_any() const {
  if (lines_.empty()) return;
  std::vector<Line> lines = lines_;
  const auto order = [](const Line& line) {
    return std::tuple{line.place.line == 0, line.place.line, line.place.column};
  };
  std::stable_sort(lines.begin(), lines.end(), [&](const Line& a, const Line& b) { return order(a) < order(b); });

  constexpr std::size_t limit = 50;  // nobody reads further
  std::string message;
  for (std::size_t i = 0; i < std::min(lines.size(), limit); ++i) message += (i == 0 ? "" : "\n") + lines[i].text;
  if (lines.size() > limit) message += fmt::format("\n{}: {} more problems", file_, lines.size() - limit);
  throw InputError{message};
}

}  // namespace lockstep
