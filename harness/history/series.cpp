#include "harness/history/series.hpp"

#include <algorithm>

namespace lockstep {
namespace {

struct Known {
  std::int64_t id;
  Series series;
};

std::vector<Known> matching(Database& database, const HistoryFilter& filter) {
  Statement row = database.prepare(
      "SELECT id, machine, name, metric, scenario_hash, tier, build_type, unit, better FROM series"
      " WHERE (?1 = '' OR machine = ?1) AND instr(name, ?2) > 0 AND instr(metric, ?3) > 0"
      " ORDER BY machine, name, metric, id");
  row.with(filter.machine, filter.name, filter.metric);
  std::vector<Known> all;
  while (row.next())
    all.push_back({.id = row.integer(0),
                   .series = {.machine = row.text(1),
                              .name = row.text(2),
                              .metric = row.text(3),
                              .scenario_hash = row.text(4),
                              .tier = row.text(5),
                              .build_type = row.text(6),
                              .unit = row.text(7),
                              .better = row.text(8),
                              .points = {}}});
  return all;
}

}  // namespace

std::vector<Series> read_series(History& history, const HistoryFilter& filter) {
  // CROSS: from the results, which are in order, to their points; the other way there is no index.
  Statement row = history.database().prepare(
      "SELECT results.id, started, source, value, low, high FROM results CROSS JOIN points"
      " ON result = results.id AND series = ?1 WHERE machine = ?2 ORDER BY started, results.id");
  std::vector<Series> all;
  for (Known& known : matching(history.database(), filter)) {
    row.with(known.id, known.series.machine);
    while (row.next()) {
      const std::optional<double> value = row.real(3);
      if (!value) history.database().reject("a point without a value");
      known.series.points.push_back({.result = row.integer(0),
                                     .started = row.text(1),
                                     .source = row.text(2),
                                     .value = *value,
                                     .low = row.real(4),
                                     .high = row.real(5)});
    }
    all.push_back(std::move(known.series));
  }
  return all;
}

std::vector<ChangePoint> changes_of(const Series& series) {
  std::vector<double> values;
  for (const SeriesPoint& point : series.points) values.push_back(point.value);
  // Of values at or below 0 there is no ratio.
  if (!std::ranges::all_of(values, [](double value) { return value > 0; })) return {};
  return find_change_points(values);
}

}  // namespace lockstep
