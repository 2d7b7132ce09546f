// The numbers of a speed-up, from times measured in pairs.
#pragma once

#include <vector>

#include "harness/measure/metric.hpp"
#include "harness/measure/paired_times.hpp"

namespace lockstep {

/// What a candidate on `devices` devices is compared with: one device with the same global batch (strong) or with the
/// same batch per device (weak).
struct Scaling {
  enum class Kind { strong, weak };

  Kind kind = Kind::strong;
  std::size_t devices = 1;
  std::size_t global_batch = 0;  // samples per step of all devices together

  /// The ideal step as a share of the baseline's.
  [[nodiscard]] double ideal_share() const { return kind == Kind::strong ? 1 / static_cast<double>(devices) : 1; }
};

/// The experimentally determined serial fraction e = (1/S − 1/N)/(1 − 1/N), N > 1.
/// (A. H. Karp, H. P. Flatt, Measuring parallel processor performance, CACM 33(5), 1990.)
double serial_fraction(double speedup, double devices);

/// speedup, efficiency, serial_fraction (several devices), step_time, throughput, throughput_per_device,
/// baseline_step_time and noise_floor, each over the pairs. The noise floor has no value for fewer than three pairs.
std::vector<Metric> scaling_metrics(const Scaling& scaling, const PairedTimes& times);

/// What the data-parallel code of a strategy costs on one device, where it is of no use.
Metric dp_tax(const PairedTimes& times);

/// The share of a step that its communication costs: `silent` are the seconds per step of the same strategy, block by
/// block, with collectives that do nothing. No value when there are none.
Metric communication_overhead(const std::vector<double>& candidate, const std::vector<double>& silent);

/// The speed-up in words: the effect, or that there is none above the noise floor. With one device it is the tax of the
/// strategy.
std::string speedup_in_words(const Scaling& scaling, const PairedTimes& times);

}  // namespace lockstep
