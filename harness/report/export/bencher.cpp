// Bencher Metric Format: {"benchmark": {"measure": {"value", "lower_value", "upper_value"}}}.
#include <fmt/format.h>

#include <algorithm>

#include "harness/report/export/formats.hpp"
#include "harness/report/export/readings.hpp"
#include "harness/report/export/shown.hpp"

namespace lockstep {
namespace {

/// Bencher keeps one unit per measure, so the unit is a part of the measure's name: "step-time-seconds".
std::string measure_name(const Reading& reading) {
  std::string name = fmt::format("{}-{}", reading.metric, word_of_unit(reading.unit));
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool is_kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!is_kept) c = '-';
  }
  return name;
}

/// Numbers of a case that is not well are kept, but must raise no alert: Bencher takes this ending for that, and off.
std::string benchmark_name(const Reading& reading) {
  return reading.is_trustworthy ? reading.case_name : reading.case_name + "_bencher_ignore";
}

}  // namespace

std::string write_bencher(const Exportable& what, const ExportOptions&) {
  Json document = Json::object();
  for (const Reading& reading : readings(what)) {
    Json& measures = document[benchmark_name(reading)];
    std::string name = measure_name(reading);
    // Two metrics whose names differ in what a measure's name cannot hold.
    while (measures.contains(name)) name += "-x";
    Json& measure = measures[name];
    measure["value"] = reading.value;
    if (reading.low) measure["lower_value"] = *reading.low;
    if (reading.high) measure["upper_value"] = *reading.high;
  }
  if (document.empty()) nothing_to_export("bencher", "no case has a number");
  return document.dump(2) + "\n";
}

}  // namespace lockstep
