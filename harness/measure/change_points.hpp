// Where a series of results over time steps to another level.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace lockstep {

struct ChangePoint {
  std::size_t at;  // index of the first value of the new level
  double ratio;    // its median over the one before
  double p;        // of a rank test between the two levels
};

/// With fewer values a level is not known well enough to say that it changed.
inline constexpr std::size_t least_points_of_a_trend = 20;
/// A level that lasts for less is an outlier.
inline constexpr std::size_t least_points_of_a_level = 5;
/// Smaller steps are not reported.
inline constexpr double least_step = 0.03;

/// Steps of values above 0, in the order of time: the levels whose medians, with a penalty for each further level, are
/// nearest to the logarithms of all values (sum of distances: the Potts functional with L1 data; found by optimal
/// partitioning, Jackson et al., IEEE Signal Process. Lett. 12, 2005). The penalty is 4·s·ln n, s the noise from
/// neighbours' differences. A step stays when Mann and Whitney's test between its two levels gives p < 0.001 and
/// it is at least `least_step`; else its levels are one. Of more than 2000 values the last 2000 are looked at. Empty
/// for fewer than least_points_of_a_trend.
///
/// Of series of up to 300 values that scatter independently and have no step, fewer than one of a hundred get one,
/// heavy tails included. A slow drift comes out as one or several steps, and so does a machine that wanders: with
/// values that are correlated by 0.5 from one to the next in three of a hundred series, with 0.8 in half of them.
std::vector<ChangePoint> find_change_points(std::span<const double> values);

}  // namespace lockstep
