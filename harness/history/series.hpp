// The values of one metric over the results of one machine.
#pragma once

#include <string>
#include <vector>

#include "harness/history/history.hpp"
#include "harness/measure/change_points.hpp"

namespace lockstep {

struct SeriesPoint {
  std::int64_t result = 0;
  std::string started, source;
  double value = 0;
  std::optional<double> low, high;
};

/// Values under one machine, case, scenario hash, tier and build type, in the order in which their runs started.
struct Series {
  std::string machine, name, metric, scenario_hash, tier, build_type, unit, better;
  std::vector<SeriesPoint> points;
};

std::vector<Series> read_series(History& history, const HistoryFilter& filter);

/// Where the level of a series changed: with at least least_points_of_a_trend points, all above 0.
std::vector<ChangePoint> changes_of(const Series& series);

}  // namespace lockstep
