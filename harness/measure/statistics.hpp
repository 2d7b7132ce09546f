// Robust summaries of few samples.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lockstep {

/// The middle value; the mean of the two middle ones for an even count. `values` must not be empty.
double median(std::vector<double> values);

/// Median absolute deviation from the median, times 1.4826: the standard deviation for normal data.
double spread(std::span<const double> values);

struct Interval {
  double low;
  double high;
};

/// 95 % percentile-bootstrap interval of the median (2000 resamples, reproducible by `seed`). One value gives that
/// value.
Interval median_interval(std::span<const double> values, std::uint64_t seed = 1);

}  // namespace lockstep
