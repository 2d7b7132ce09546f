// OpenMetrics 1.0 text (prometheus.io/docs/specs/om): families in one piece, base units in names, no time stamps, the
// last value only. Labels have few values; what changes with every run is in the info metric alone.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/report/export/formats.hpp"
#include "harness/report/export/judgement.hpp"
#include "harness/report/export/readings.hpp"
#include "harness/report/export/shown.hpp"

namespace lockstep {
namespace {

/// For the value of a label, and for help.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

std::string labels_text(const std::vector<Fact>& labels) {
  std::string text;
  for (const auto& [name, value] : labels)
    text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", name, escaped(value));
  return text.empty() ? text : fmt::format("{{{}}}", text);
}

/// Letters, digits and "_" as they are, "_" for all else.
std::string metric_name(std::string_view text) {
  std::string name{text};
  for (char& c : name) {
    const bool is_kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!is_kept) c = '_';
  }
  return name;
}

struct MetricFamily {
  std::string name, unit, help;
  std::string samples{};  // lines
};

class Families {
 public:
  /// All samples of a family stand together, whenever they come.
  void add(const std::string& name, std::string_view unit, std::string_view help, const std::vector<Fact>& labels,
           double value) {
    auto family = std::ranges::find(families_, name, &MetricFamily::name);
    if (family == families_.end())
      family = families_.insert(families_.end(), {name, std::string{unit}, std::string{help}});
    family->samples += fmt::format("{}{} {}\n", name, labels_text(labels), exact_text(value));
  }

  [[nodiscard]] std::string text() const {
    std::string text;
    for (const MetricFamily& family : families_) {
      text += fmt::format("# TYPE {} gauge\n", family.name);
      if (!family.unit.empty()) text += fmt::format("# UNIT {} {}\n", family.name, family.unit);
      text += fmt::format("# HELP {} {}\n{}", family.name, escaped(family.help), family.samples);
    }
    return text;
  }

 private:
  std::vector<MetricFamily> families_;
};

void add_verdicts(Families& families, const Judgement& judgement) {
  for (const std::string_view verdict : verdict_names) {
    const auto count =
        std::ranges::count_if(judgement.cases, [&](const JudgedCase& one) { return name_of(one.verdict) == verdict; });
    families.add("lockstep_cases", "", "Cases by verdict", {{"verdict", std::string{verdict}}},
                 static_cast<double>(count));
  }
  for (const JudgedCase& one : judgement.cases)
    families.add("lockstep_case_well", "", "1 when the verdict is PASS, SAME or IMPROVED, 0 otherwise",
                 {{"case", one.name}, {"family", one.family}}, severity(one.verdict) == 0 ? 1 : 0);
}

/// Two metrics of a case may differ only in what a name here cannot hold: then a label holds the name.
void add_readings(Families& families, const Exportable& what) {
  for (const Reading& reading : readings(what)) {
    if (is_peak_of_a_device(reading.metric) && result_in(what) != nullptr) continue;  // add_memory has it, by device
    const std::string name = metric_name(reading.metric);
    std::vector<Fact> labels{{"case", reading.case_name}, {"family", reading.family}};
    if (name != reading.metric) labels.emplace_back("metric", reading.metric);
    const std::string_view unit = word_of_unit(reading.unit);
    families.add(fmt::format("lockstep_{}_{}", name, unit), unit,
                 comparison_in(what) != nullptr ? "Of the candidate" : reading.note, labels, reading.value);
  }
}

void add_memory(Families& families, const RecordedResult& result) {
  for (const RecordedCase& one : result.cases) {
    std::set<std::uint64_t> devices;
    for (const RecordedMemory& memory : one.memory)
      if (memory.use == "total" && devices.insert(memory.device).second)
        families.add(
            "lockstep_device_peak_memory_bytes", "bytes", "Largest use of a device's memory",
            {{"case", shown(one.name)}, {"family", shown(one.family)}, {"device", std::to_string(memory.device)}},
            static_cast<double>(memory.peak_bytes));
  }
}

void add_ratios(Families& families, const Comparison& comparison) {
  for (const ComparedCase& one : comparison.cases)
    for (const ComparedMetric& metric : one.metrics)
      if (metric.ratio)
        families.add("lockstep_compared_ratio", "ratio", "Candidate by baseline",
                     {{"case", shown(one.name)}, {"family", shown(one.family)}, {"metric", shown(metric.name)}},
                     *metric.ratio);
}

/// What tells this run from others: many values, one sample.
std::string info_text(const Judgement& judgement, const RecordedResult* result) {
  std::vector<Fact> labels;
  if (result != nullptr) {
    labels.emplace_back("run_id", shown(result->run_id));
    for (const char* key : {"version", "commit", "build_type", "compiler"})
      labels.emplace_back(key, text_at(result->tool, key).value_or("unknown"));
    labels.emplace_back("cpu", text_at(result->environment, "hardware", "cpu").value_or("unknown"));
  } else {
    for (const char* key : {"baseline", "candidate"})
      for (const auto& [name, value] : judgement.facts)
        if (name == key) labels.emplace_back(name, value);
  }
  labels.emplace_back("started", judgement.started);
  return fmt::format("# TYPE lockstep_run info\n# HELP lockstep_run What ran\nlockstep_run_info{} 1\n",
                     labels_text(labels));
}

}  // namespace

std::string write_openmetrics(const Exportable& what, const ExportOptions&) {
  const Judgement judgement = judge(what);
  if (judgement.cases.empty()) nothing_to_export("openmetrics", "there is no case");
  Families families;
  add_verdicts(families, judgement);
  add_readings(families, what);
  if (const RecordedResult* const result = result_in(what)) add_memory(families, *result);
  if (const Comparison* const comparison = comparison_in(what)) add_ratios(families, *comparison);
  return info_text(judgement, result_in(what)) + families.text() + "# EOF\n";
}

}  // namespace lockstep
