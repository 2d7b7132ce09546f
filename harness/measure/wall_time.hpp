// The wall time of a step, every instant of it accounted for once.
#pragma once

#include <array>
#include <vector>

#include "harness/measure/breakdown.hpp"
#include "harness/measure/metric.hpp"

namespace lockstep {

/// Seconds, mean per step. A rank *works* in a phase of computation or in a collective that all participants have come
/// to; it waits in one that not all have come to; else it is idle. Phases of computation that only rank 0 has are
/// *serial*, the others are shared.
struct WallTime {
  // These four add up to the step.
  double serial = 0;         // rank 0 computes in a serial phase, nobody computes in a shared one
  double computing = 0;      // some rank computes in a shared phase
  double communicating = 0;  // nobody computes, some rank takes part in a collective
  double idle = 0;           // all ranks wait or are idle
  [[nodiscard]] double step() const { return serial + computing + communicating + idle; }

  double device0_alone = 0;                           // rank 0 works and no other rank does; 0 for one rank
  std::array<double, phase_names.size()> by_phase{};  // computation in each phase, mean over the ranks that work
  std::array<bool, phase_names.size()> is_serial{};   // by phase
  std::vector<double> holding_up;                     // by rank: it computes in a shared phase while another waits
  [[nodiscard]] double mean_computing() const;        // in shared phases, mean over the ranks that work
};

/// The mean over the steps of all blocks, which have the same ranks. Nothing but zeros without a span.
WallTime wall_time(const std::vector<Block>& blocks);

/// device0_alone in seconds per step and device0_alone_share of the step, over the blocks.
std::vector<Metric> device0_metrics(const std::vector<Block>& blocks);

}  // namespace lockstep
