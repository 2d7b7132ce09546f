#include "harness/measure/meetings.hpp"

#include <algorithm>

namespace lockstep {

std::map<Meeting, double> latest_arrivals(const Block& block) {
  std::map<Meeting, double> latest;
  for (const RankTimes& rank : block.ranks)
    for_each_meeting(rank, [&](const Meeting& meeting, const TimedSpan& span) {
      const auto [place, is_new] = latest.emplace(meeting, span.begin);
      if (!is_new) place->second = std::max(place->second, span.begin);
    });
  return latest;
}

}  // namespace lockstep
