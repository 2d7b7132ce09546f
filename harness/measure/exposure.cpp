#include "harness/measure/exposure.hpp"

#include <algorithm>

namespace lockstep {

std::vector<Stretch> merged(std::vector<Stretch> stretches) {
  std::erase_if(stretches, [](const Stretch& stretch) { return !(stretch.end > stretch.begin); });
  std::ranges::sort(stretches, {}, &Stretch::begin);
  std::vector<Stretch> result;
  for (const Stretch& stretch : stretches) {
    if (!result.empty() && stretch.begin <= result.back().end)
      result.back().end = std::max(result.back().end, stretch.end);
    else
      result.push_back(stretch);
  }
  return result;
}

double length_of(std::span<const Stretch> stretches) {
  double sum = 0;
  for (const Stretch& stretch : stretches) sum += stretch.end - stretch.begin;
  return sum;
}

double common_length(std::span<const Stretch> a, std::span<const Stretch> b) {
  double sum = 0;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    sum += std::max(0.0, std::min(a[i].end, b[j].end) - std::max(a[i].begin, b[j].begin));
    // What ends first meets nothing further.
    a[i].end < b[j].end ? ++i : ++j;
  }
  return sum;
}

Exposure exposure_of(const RankTimes& rank) {
  std::vector<Stretch> communication;
  std::vector<Stretch> computation;
  for (const TimedSpan& span : rank.spans) {
    if (is_collective(span.phase))
      communication.push_back({span.begin, span.end});
    else if (span.phase != Phase::wait)
      computation.push_back({span.begin, span.end});
  }
  communication = merged(std::move(communication));
  computation = merged(std::move(computation));
  return {length_of(communication), common_length(communication, computation)};
}

}  // namespace lockstep
