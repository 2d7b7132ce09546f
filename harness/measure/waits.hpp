// Who waits for whom in the collectives of a training.
#pragma once

#include <optional>
#include <vector>

#include "harness/measure/breakdown.hpp"

namespace lockstep {

/// One rank's waiting, and how it keeps others waiting.
struct RankWait {
  std::size_t rank = 0;
  double seconds = 0;                      // mean per step: from its arrival to the last one's, at most to its own end
  double fraction = 0;                     // of the block
  double caused = 0;                       // mean per step: what the others waited where this rank came last
  double last_share = 0;                   // of the collectives it took part in: where it came last
  std::optional<std::size_t> waits_for{};  // the rank for which it waits longest; not set without any wait
};

struct Waits {
  std::vector<RankWait> ranks;  // those that took part in a collective with others
  std::size_t collectives = 0;  // with more than one participant
  double mean_skew = 0;         // seconds: the last arrival minus the first, mean over the collectives
  double largest_skew = 0;
};

/// The collectives of both lanes; those of a step are told apart by phase, lane and order. Steps are those of rank 0.
Waits waits_of(const std::vector<Block>& blocks);

}  // namespace lockstep
