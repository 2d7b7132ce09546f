// Two sides measured in turn, and what of a difference between them is noise.
#pragma once

#include <optional>
#include <vector>

#include "harness/measure/statistics.hpp"

namespace lockstep {

/// Seconds per step of blocks measured in the order A B, B A, A B, …: baseline A, candidate B, equally many of each.
/// Between two pairs the same side is measured twice in a row.
struct PairedTimes {
  std::vector<double> baseline;
  std::vector<double> candidate;

  [[nodiscard]] std::size_t pairs() const { return candidate.size(); }
  /// Whether the baseline comes first in the pair with this index.
  [[nodiscard]] static bool is_baseline_first(std::size_t pair) { return pair % 2 == 0; }
};

/// Each pair's baseline over candidate.
std::vector<double> ratios(const PairedTimes& times);

/// The A/A comparison: of neighbouring blocks of the same side, the earlier over the later. One fewer than pairs.
std::vector<double> same_side_ratios(const PairedTimes& times);

/// The largest relative difference that the 95 % interval of the A/A comparison's median allows, in either direction:
/// equal sides compared just like different ones may look this different. Not set for fewer than three pairs.
std::optional<double> noise_floor(const PairedTimes& times);

/// Whether a ratio of two sides is an effect: its interval does not hold 1, and its median is farther from 1 than the
/// noise floor.
bool is_effect(double median_ratio, const Interval& interval, double noise_floor);

}  // namespace lockstep
