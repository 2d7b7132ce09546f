#include "harness/report/export/readings.hpp"

#include <fmt/format.h>

#include "harness/report/export/judgement.hpp"
#include "harness/report/export/shown.hpp"

namespace lockstep {
namespace {

std::vector<Reading> readings(const RecordedResult& result) {
  std::vector<Reading> list;
  for (const RecordedCase& one : result.cases)
    for (const RecordedMetric& metric : one.metrics)
      if (metric.value)
        list.push_back({shown(one.name), shown(one.family), shown(metric.name), shown(metric.unit), metric.better,
                        *metric.value, metric.low, metric.high, shown(metric.definition), severity(one.verdict) == 0});
  return list;
}

std::vector<Reading> readings(const Comparison& comparison) {
  std::vector<Reading> list;
  for (const ComparedCase& one : comparison.cases)
    for (const ComparedMetric& metric : one.metrics)
      if (metric.candidate)
        list.push_back({shown(one.name), shown(one.family), shown(metric.name), shown(metric.unit), metric.better,
                        *metric.candidate, std::nullopt, std::nullopt,
                        metric.reason.empty() ? std::string{name_of(metric.verdict)}
                                              : fmt::format("{}: {}", name_of(metric.verdict), shown(metric.reason)),
                        severity(metric.verdict) == 0});
  return list;
}

}  // namespace

std::vector<Reading> readings(const Exportable& what) {
  return std::visit([](const auto* one) { return readings(*one); }, what);
}

}  // namespace lockstep
