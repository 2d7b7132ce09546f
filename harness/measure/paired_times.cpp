#include "harness/measure/paired_times.hpp"

#include <algorithm>

#include "harness/base/error.hpp"

namespace lockstep {
namespace {

/// How far a ratio is from 1, the same for r and 1/r.
double distance_from_one(double ratio) { return std::max(ratio, 1 / ratio) - 1; }

}  // namespace

std::vector<double> ratios(const PairedTimes& times) {
  require(times.baseline.size() == times.candidate.size(), "{} baseline blocks beside {} of the candidate",
          times.baseline.size(), times.candidate.size());
  std::vector<double> result;
  for (std::size_t pair = 0; pair < times.pairs(); ++pair)
    result.push_back(times.baseline[pair] / times.candidate[pair]);
  return result;
}

std::vector<double> same_side_ratios(const PairedTimes& times) {
  std::vector<double> result;
  for (std::size_t pair = 1; pair < times.pairs(); ++pair) {
    const auto& side = PairedTimes::is_baseline_first(pair) ? times.baseline : times.candidate;
    result.push_back(side[pair - 1] / side[pair]);
  }
  return result;
}

std::optional<double> noise_floor(const PairedTimes& times) {
  const std::vector<double> same = same_side_ratios(times);
  if (same.size() < 2) return std::nullopt;
  const Interval interval = median_interval(same);
  return std::max(distance_from_one(interval.low), distance_from_one(interval.high));
}

bool is_effect(double median_ratio, const Interval& interval, double noise_floor) {
  const bool excludes_one = interval.low > 1 || interval.high < 1;
  return excludes_one && distance_from_one(median_ratio) > noise_floor;
}

}  // namespace lockstep
