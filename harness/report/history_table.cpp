#include "harness/report/history_table.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "harness/base/text.hpp"

namespace lockstep {
namespace {

template <typename... Args>
void print_plain(std::FILE* out, fmt::format_string<Args...> text, Args&&... args) {
  std::fputs(without_controls(fmt::format(text, std::forward<Args>(args)...)).c_str(), out);
}

std::string plural(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 || what.ends_with('s') ? "" : "s");
}

void print_line(std::FILE* out, const StoredResult& result) {
  print_plain(out, "    {:>5}  {}  {:<9} {:>4} of {:<4} {}{}{}\n", result.id, result.started, result.build_type,
              result.passed, result.cases, result.run, result.baselines.empty() ? "" : "  baseline ",
              fmt::join(result.baselines, ", "));
}

void print_change(std::FILE* out, const Series& series, const ChangePoint& change) {
  const SeriesPoint& point = series.points[change.at];
  const double percent = 100 * std::fabs(change.ratio - 1);
  print_plain(out, "{} of {}: {:.1f} % {} from result {} on ({}, commit {}), p = {:.1g}\n", series.metric, series.name,
              percent, change.ratio > 1 ? "higher" : "lower", point.result, point.started, point.source, change.p);
}

}  // namespace

void print_history(std::FILE* out, const std::vector<StoredResult>& results) {
  std::string machine, source;
  for (const StoredResult& result : results) {
    const bool is_first = &result == &results.front();
    if (is_first || result.machine != machine) {
      print_plain(out, "machine {}{}{}\n", result.machine, result.machine_text.empty() ? "" : ": ",
                  result.machine_text);
      source.clear();
    }
    if (source.empty() || result.source != source) print_plain(out, "  commit {}\n", result.source);
    machine = result.machine;
    source = result.source;
    print_line(out, result);
  }
  print_plain(out, "{}\n", plural(results.size(), "result"));
}

Json history_json(const std::vector<StoredResult>& results) {
  Json all = Json::array();
  for (const StoredResult& result : results)
    all.push_back({{"id", result.id},
                   {"run", result.run},
                   {"machine", result.machine},
                   {"machine_text", result.machine_text},
                   {"started", result.started},
                   {"commit", result.source},
                   {"build_type", result.build_type},
                   {"cases", result.cases},
                   {"passed", result.passed},
                   {"baselines", result.baselines}});
  return all;
}

void print_stored(std::FILE* out, const StoredResult& stored, const RecordedResult& result) {
  print_history(out, {stored});
  for (const RecordedCase& one : result.cases) {
    print_plain(out, "{:<12} {}{}{}\n", name_of(one.verdict), one.name, one.reason.empty() ? "" : ": ", one.reason);
    for (const RecordedMetric& metric : one.metrics)
      if (metric.value)
        print_plain(out, "    {:<24} {:.6g}{}{}\n", metric.name, *metric.value, metric.unit == "1" ? "" : " ",
                    metric.unit == "1" ? "" : metric.unit);
  }
}

void print_trends(std::FILE* out, const std::vector<Trend>& trends) {
  std::size_t changes = 0;
  for (const Trend& trend : trends)
    for (const ChangePoint& change : trend.changes) {
      print_change(out, trend.series, change);
      ++changes;
    }
  const auto is_short = [](const Trend& trend) { return trend.series.points.size() < least_points_of_a_trend; };
  const auto too_short = static_cast<std::size_t>(std::ranges::count_if(trends, is_short));
  print_plain(out, "{} in {}\n", plural(changes, "change"), plural(trends.size(), "series"));
  if (too_short > 0)
    print_plain(out, "{} of them {} fewer than {} results: too few to say whether anything changed\n", too_short,
                too_short == 1 ? "has" : "have", least_points_of_a_trend);
}

}  // namespace lockstep
