// Where the time of a step goes, by rank and phase.
#pragma once

#include <string_view>
#include <vector>

#include "harness/device/collective.hpp"
#include "harness/train/timeline.hpp"

namespace lockstep {

/// Seconds since a block's origin.
struct TimedSpan {
  std::size_t step;
  Phase phase;
  Lane lane;
  double begin;
  double end;
  std::uint64_t bytes = 0;  // S of its collectives
};

/// One rank's part of a block of steps.
struct RankTimes {
  std::vector<TimedSpan> spans;  // by begin within each lane
  double end = 0;                // of the last step
  std::size_t rows = 0;          // that went through it, of all steps together
};

struct Block {
  std::vector<RankTimes> ranks;
  Traffic traffic{};        // collectives of rank 0
  double host_seconds = 0;  // from before the first step to after the last one, by the host's clock
  std::size_t batch = 0;    // samples that went through all replicas together, of the largest step
};

RankTimes timed_spans(const std::vector<Span>& spans, const Event& origin, const Event& end);

/// Seconds of each step of the block: the longest over the ranks that worked in it, from the start of the rank's step
/// to the start of its next one.
std::vector<double> step_times(const Block& block);

struct PhaseTime {
  std::size_t rank;
  std::string_view phase;  // of phase_names, or "idle"
  double seconds;          // mean per step
  double fraction;         // of the rank's mean step
};

/// The computation's lane of each rank, in phases that add up to its steps. In a collective the time until the last
/// participant has come counts as `wait`; what no span covers is `idle`.
std::vector<PhaseTime> breakdown(const std::vector<Block>& blocks);

}  // namespace lockstep
