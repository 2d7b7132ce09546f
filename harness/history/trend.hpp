// The trend of one machine, for the report generator: reports/trend.schema.json.
#pragma once

#include "harness/base/json.hpp"
#include "harness/history/series.hpp"

namespace lockstep {

/// A series with its steps and, if there is one, the baseline that was chosen among its results.
struct Trend {
  Series series;
  std::vector<ChangePoint> changes;
  std::optional<NamedBaseline> baseline;
  std::size_t baseline_at = 0;  // index of its point
};

/// All series that match. Of several baselines of a series it takes the one whose run started last.
std::vector<Trend> read_trends(History& history, const HistoryFilter& filter);

/// Series that the case and the metric do not tell apart have the rest of their identity in the name of the case.
Json to_json(const std::vector<Trend>& trends, const std::string& machine);

}  // namespace lockstep
