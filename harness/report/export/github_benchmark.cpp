// github-action-benchmark's own format. A file has one direction, so there are two of them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/report/export/formats.hpp"
#include "harness/report/export/readings.hpp"
#include "harness/report/export/shown.hpp"

namespace lockstep {
namespace {

/// The larger arm of the interval; the format knows a symmetric range only, as text. Empty without an interval.
std::string range_text(const Reading& reading) {
  if (!reading.low || !reading.high) return "";
  const double range = std::max(*reading.high - reading.value, reading.value - *reading.low);
  return std::isfinite(range) ? fmt::format("± {}", exact_text(range)) : "";
}

std::string write(const Exportable& what, Better direction, std::string_view format) {
  Json list = Json::array();
  for (const Reading& reading : readings(what)) {
    if (reading.better != direction) continue;
    Json json{{"name", fmt::format("{} {}", reading.case_name, reading.metric)},
              {"unit", reading.unit},
              {"value", reading.value}};
    if (std::string range = range_text(reading); !range.empty()) json["range"] = std::move(range);
    json["extra"] = reading.note;
    list.push_back(std::move(json));
  }
  if (list.empty()) nothing_to_export(format, fmt::format("no metric is better when it is {}", name_of(direction)));
  return list.dump(2) + "\n";
}

}  // namespace

std::string write_github_benchmark_smaller(const Exportable& what, const ExportOptions&) {
  return write(what, Better::lower, "github-benchmark-smaller");
}

std::string write_github_benchmark_bigger(const Exportable& what, const ExportOptions&) {
  return write(what, Better::higher, "github-benchmark-bigger");
}

}  // namespace lockstep
