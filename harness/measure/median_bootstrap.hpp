// Intervals of medians and of their ratios, for many samples at once.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "harness/measure/statistics.hpp"

namespace lockstep {

/// Percentile bootstrap with 2000 resamples, reproducible by `seed`. Which ranks the median of a resample falls on
/// depends on the number of values only, so that is drawn once for each number.
class MedianBootstrap {
 public:
  explicit MedianBootstrap(double level, std::uint64_t seed = 1) : level_{level}, seed_{seed} {}

  /// Of the median; `level` of resampled medians lie in it.
  Interval median(std::span<const double> values);
  /// Of the ratio of the medians of two independent samples, numerator over denominator. All values above 0.
  Interval median_ratio(std::span<const double> numerator, std::span<const double> denominator);

 private:
  /// The ranks whose mean is the median of one resample; the same twice for an odd number of values.
  struct Middle {
    std::size_t low, high;
  };
  /// The two samples of a ratio are drawn independently.
  enum class Sample : std::uint64_t { first, second };

  std::vector<double> resampled_medians(std::span<const double> values, Sample sample);
  [[nodiscard]] Interval interval_of(std::vector<double> values) const;

  double level_;
  std::uint64_t seed_;
  std::map<std::pair<std::size_t, Sample>, std::vector<Middle>> middles_;
};

}  // namespace lockstep
