// Where the ranks of a block met: collectives, and the end of a step's communication beside the computation.
#pragma once

#include <map>
#include <tuple>
#include <utility>

#include "harness/measure/breakdown.hpp"

namespace lockstep {

/// The same meeting on different ranks: its step, phase, and which of the step's spans of that phase it is.
using Meeting = std::tuple<std::size_t, Phase, int>;

/// Calls visit(meeting, span) for every collective and every wait on the computation's lane.
template <typename Visit>
void for_each_meeting(const RankTimes& rank, const Visit& visit) {
  std::map<std::pair<std::size_t, Phase>, int> occurrences;
  for (const TimedSpan& span : rank.spans)
    if (span.lane == Lane::compute && (is_collective(span.phase) || span.phase == Phase::wait))
      visit(Meeting{span.step, span.phase, occurrences[{span.step, span.phase}]++}, span);
}

/// When the last participant came to each meeting, seconds since the block's origin.
std::map<Meeting, double> latest_arrivals(const Block& block);

}  // namespace lockstep
