// How evenly devices are loaded, and how far a split is from the best one for their speeds.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/measure/breakdown.hpp"
#include "harness/measure/metric.hpp"
#include "harness/measure/paired_times.hpp"

namespace lockstep {

/// One rank's part of the measured steps, mean per step.
struct Load {
  double rows = 0;
  double computing = 0;  // seconds in phases of computation
  double on_rows = 0;    // seconds of them in forward and backward, which grow with the rows
};

/// By rank, over all steps of the blocks. A rank that sits a step out has done nothing in it.
std::vector<Load> loads(const std::vector<Block>& blocks);

/// λ = max T / mean T − 1 over the ranks' computation T; 0 when all compute equally long.
double imbalance(const std::vector<Load>& loads);

/// Rows per second of forward and backward. Of a device that had no row it is not known, and the median of the others
/// stands for it. At least one had rows.
std::vector<double> speeds(const std::vector<Load>& loads);

/// The same from several blocks: of each device the median over them.
std::vector<double> speeds(const std::vector<Block>& blocks);

/// max b/s in seconds: no step with these rows b per device at these speeds s is shorter.
double split_bound(const std::vector<double>& rows, const std::vector<double>& speeds);

/// How much longer that is than B/Σs, with the rows divided in proportion to the speeds: max(b/s)·Σs/B − 1.
double split_penalty(const std::vector<double>& rows, const std::vector<double>& speeds);

/// Rows per device, taken from the loads.
std::vector<double> rows_of(const std::vector<Load>& loads);

/// imbalance, lost_capacity, split_bound, time_over_bound and imbalance_penalty, over the blocks. `step_times` are the
/// blocks' medians in seconds.
std::vector<Metric> imbalance_metrics(const std::vector<Block>& blocks, const std::vector<double>& step_times);

/// used_device_share and row_utilisation of splits, each the rows per device of one step.
std::vector<Metric> utilisation_metrics(const std::vector<std::vector<std::size_t>>& splits);

/// The rank that computes longest in every block. Nothing when it is not the same one, or the only one.
std::optional<std::size_t> straggler(const std::vector<Block>& blocks);

/// Who computes longest and how long the others wait.
std::string straggler_in_words(const std::vector<Block>& blocks);

/// What the split needs at the devices' speeds, and what rows in proportion to them would.
std::string split_in_words(const std::vector<Block>& blocks);

/// T_chunk/T_speed of pairs whose baseline is the chunk split.
Metric speed_split_gain(const PairedTimes& times);

/// A split and the speeds that its devices were seen to have with it: fewer rows are computed at a lower speed.
struct SeenSplit {
  std::vector<std::size_t> pieces;  // rows per device
  std::vector<double> speeds;       // rows per second
  [[nodiscard]] double bound() const;
};

/// From torch's chunks, with the speeds that `look` sees with a split, to the split with the least bound: each next one
/// is by the speeds seen with the one before, until it is one that was seen already, or a few were. Returns the chunks
/// and the best of all.
struct SpeedSplit {
  SeenSplit chunks;
  SeenSplit best;
  /// The ratio of the two bounds.
  [[nodiscard]] double predicted_gain() const { return chunks.bound() / best.bound(); }
};
using Look = std::function<std::vector<double>(const std::vector<std::size_t>& pieces)>;
SpeedSplit find_split(std::size_t rows, std::size_t devices, const Look& look);

/// What it gained, above the noise floor, and what the bound says.
std::string speed_split_in_words(const SpeedSplit& split, const PairedTimes& times);

}  // namespace lockstep
