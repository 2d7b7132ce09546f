#include "harness/history/trend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace lockstep {
namespace {

void find_baseline(Trend& trend, const std::vector<NamedBaseline>& baselines) {
  for (std::size_t at = 0; at < trend.series.points.size(); ++at) {
    const auto found = std::ranges::find(baselines, trend.series.points[at].result, &NamedBaseline::result);
    if (found == baselines.end()) continue;
    trend.baseline = *found;
    trend.baseline_at = at;
  }
}

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json points_of(const Series& series) {
  Json points = Json::array();
  for (const SeriesPoint& point : series.points)
    points.push_back({{"result", point.result},
                      {"started", point.started},
                      {"commit", point.source},
                      {"value", point.value},
                      {"low", number_or_null(point.low)},
                      {"high", number_or_null(point.high)}});
  return points;
}

Json changes_in(const Trend& trend) {
  Json changes = Json::array();
  for (const ChangePoint& change : trend.changes)
    changes.push_back({{"at", change.at}, {"ratio", change.ratio}, {"p", change.p}});
  return changes;
}

Json baseline_of(const Trend& trend) {
  if (!trend.baseline) return nullptr;
  return {{"name", trend.baseline->name}, {"index", trend.baseline_at}};
}

}  // namespace

std::vector<Trend> read_trends(History& history, const HistoryFilter& filter) {
  const std::vector<NamedBaseline> baselines = history.baselines();
  std::vector<Trend> trends;
  for (Series& series : read_series(history, filter)) {
    Trend trend{.series = std::move(series), .changes = {}, .baseline = {}};
    trend.changes = changes_of(trend.series);
    find_baseline(trend, baselines);
    trends.push_back(std::move(trend));
  }
  return trends;
}

Json to_json(const std::vector<Trend>& trends, const std::string& machine) {
  std::map<std::pair<std::string, std::string>, std::size_t> same;
  for (const Trend& trend : trends) ++same[{trend.series.name, trend.series.metric}];
  Json all = Json::array();
  for (const Trend& trend : trends) {
    const Series& series = trend.series;
    const bool is_alone = same[{series.name, series.metric}] == 1;
    all.push_back({{"case", is_alone ? series.name
                                     : fmt::format("{} ({}, {}, scenario {})", series.name, series.tier,
                                                   series.build_type, series.scenario_hash)},
                   {"metric", series.metric},
                   {"unit", series.unit},
                   {"better", series.better},
                   {"points", points_of(series)},
                   {"changes", changes_in(trend)},
                   {"baseline", baseline_of(trend)}});
  }
  return {{"schema_version", 1}, {"kind", "trend"}, {"machine", machine}, {"series", all}};
}

}  // namespace lockstep
