// RFC 4180: lines end in CR LF, quotes are doubled. Tidy: what identifies a number stands in columns beside it.
#include <fmt/format.h>

#include <algorithm>

#include "harness/base/error.hpp"
#include "harness/report/export/formats.hpp"
#include "harness/report/export/readings.hpp"
#include "harness/report/export/shown.hpp"

namespace lockstep {
namespace {

/// More kinds of axes than there are keys of scenarios are no result of ours.
constexpr std::size_t max_axes = 200;

/// Text as a field. A spreadsheet would take one that begins like this for a formula, so it gets an apostrophe.
std::string field(std::string_view text) {
  std::string value = shown(text);
  if (!value.empty() && std::string_view{"=+-@"}.find(value.front()) != std::string_view::npos)
    value.insert(0, 1, '\'');
  if (value.find_first_of("\",") == std::string::npos) return value;
  std::string quoted = "\"";
  for (const char c : value) quoted += c == '"' ? std::string{"\"\""} : std::string{c};
  return quoted + '"';
}

std::string field(const std::optional<double>& value) { return value ? exact_text(*value) : ""; }
std::string field(const std::optional<std::uint64_t>& value) { return value ? std::to_string(*value) : ""; }

std::string row(const std::vector<std::string>& fields) { return fmt::format("{}\r\n", fmt::join(fields, ",")); }

std::vector<std::string> axes_of(const RecordedResult& result) {
  std::vector<std::string> axes;
  for (const RecordedCase& one : result.cases)
    for (const auto& [key, value] : one.axes) {
      if (std::ranges::find(axes, key) != axes.end()) continue;
      if (axes.size() == max_axes)
        throw InputError{fmt::format("{}: more than {} kinds of axes", shown(result.path.string()), max_axes)};
      axes.push_back(key);
    }
  return axes;
}

std::string axis_value(const RecordedCase& one, const std::string& axis) {
  for (const auto& [key, value] : one.axes)
    if (key == axis) return field(value);
  return "";
}

/// The columns that one number has beside those of its case.
struct Number {
  std::string_view metric, unit, better;
  std::string_view kind;  // "value", "low", "high", or "block" with its index
  std::optional<std::uint64_t> index{}, device{}, bytes{};
  std::string_view in_place{};
  std::optional<double> value{};
};

class ResultRows {
 public:
  explicit ResultRows(const RecordedResult& result) : axes_{axes_of(result)} {
    text_ = "run_id,started,case,scenario,scenario_hash,family,tier,strategy,devices,global_batch,precision,verdict";
    for (const std::string& axis : axes_) text_ += fmt::format(",{}", field(fmt::format("axis.{}", axis)));
    text_ += ",metric,unit,better,kind,index,device,bytes,in_place,value\r\n";
  }

  void add_case(const RecordedResult& result, const RecordedCase& one) {
    case_ = {field(result.run_id),    field(result.started),    field(one.name),
             field(one.scenario),     field(one.scenario_hash), field(one.family),
             field(one.tier),         field(one.strategy),      field(one.devices),
             field(one.global_batch), field(one.precision),     std::string{name_of(one.verdict)}};
    for (const std::string& axis : axes_) case_.push_back(axis_value(one, axis));
    // Every case has this one, also one that could measure nothing.
    add({.metric = "duration", .unit = "s", .better = "none", .kind = "value", .value = one.duration_s});
    for (const RecordedMetric& metric : one.metrics)
      if (!is_peak_of_a_device(metric.name)) add_metric(metric);
    for (const RecordedMemory& memory : one.memory) add_memory(memory);
    for (const RecordedBandwidth& bandwidth : one.bandwidth) add_bandwidth(bandwidth);
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void add(const Number& number) {
    std::vector<std::string> fields = case_;
    for (const std::string_view text : {number.metric, number.unit, number.better, number.kind})
      fields.push_back(field(text));
    for (const auto& count : {number.index, number.device, number.bytes}) fields.push_back(field(count));
    fields.emplace_back(number.in_place);
    fields.push_back(field(number.value));
    text_ += row(fields);
  }

  void add_metric(const RecordedMetric& metric) {
    Number number{.metric = metric.name, .unit = metric.unit, .better = name_of(metric.better), .kind = "value"};
    number.value = metric.value;
    add(number);
    for (const auto& [kind, value] : {std::pair{"low", metric.low}, std::pair{"high", metric.high}})
      if (value) number.kind = kind, number.value = value, add(number);
    number.kind = "block";
    for (std::size_t i = 0; i < metric.blocks.size(); ++i)
      number.index = i, number.value = metric.blocks[i], add(number);
  }

  void add_memory(const RecordedMemory& memory) {
    add({.metric = "peak_memory_" + memory.use,
         .unit = "B",
         .better = "lower",
         .kind = "value",
         .device = memory.device,
         .value = static_cast<double>(memory.peak_bytes)});
  }

  void add_bandwidth(const RecordedBandwidth& bandwidth) {
    Number number{.metric = "", .unit = "", .better = "", .kind = "value"};
    number.bytes = bandwidth.bytes;
    number.in_place = bandwidth.in_place ? "true" : "false";
    number.metric = "time", number.unit = "s", number.better = "lower", number.value = bandwidth.seconds, add(number);
    number.metric = "algbw", number.unit = "B/s", number.better = "higher", number.value = bandwidth.algbw, add(number);
    number.metric = "busbw", number.value = bandwidth.busbw, add(number);
    number.metric = "wrong", number.unit = "1", number.better = "lower";
    number.value = static_cast<double>(bandwidth.wrong), add(number);
  }

  std::vector<std::string> axes_;
  std::vector<std::string> case_;  // the fields of the case at hand
  std::string text_;
};

std::string of_result(const RecordedResult& result) {
  ResultRows rows{result};
  for (const RecordedCase& one : result.cases) rows.add_case(result, one);
  return rows.text();
}

std::string of_comparison(const Comparison& comparison) {
  constexpr std::string_view head =
      "case,family,tier,case_verdict,metric,unit,better,verdict,baseline,candidate,ratio,low,high,p,q,threshold,"
      "noise_floor,detectable,baseline_units,candidate_units,unit_of_sample,reason\r\n";
  std::string text{head};
  for (const ComparedCase& one : comparison.cases) {
    const std::vector<std::string> start{field(one.name), field(one.family), field(one.tier),
                                         std::string{name_of(one.verdict)}};
    std::vector<ComparedMetric> metrics = one.metrics;
    // A case without metrics is a row all the same: its verdict must not be lost.
    if (metrics.empty()) {
      ComparedMetric none;
      none.verdict = one.verdict;
      none.reason = one.reason;
      metrics.push_back(none);
    }
    for (const ComparedMetric& metric : metrics) {
      std::vector<std::string> fields = start;
      for (const std::string_view value : {std::string_view{metric.name}, std::string_view{metric.unit},
                                           name_of(metric.better), name_of(metric.verdict)})
        fields.push_back(field(value));
      for (const auto& value : {metric.baseline, metric.candidate, metric.ratio, metric.low, metric.high, metric.p,
                                metric.q, metric.threshold, metric.noise_floor, metric.detectable})
        fields.push_back(field(value));
      fields.push_back(std::to_string(metric.baseline_units));
      fields.push_back(std::to_string(metric.candidate_units));
      fields.push_back(field(metric.unit_of_sample));
      fields.push_back(field(metric.reason));
      text += row(fields);
    }
  }
  return text;
}

}  // namespace

std::string write_csv(const Exportable& what, const ExportOptions&) {
  const RecordedResult* const result = result_in(what);
  if (result != nullptr ? result->cases.empty() : comparison_in(what)->cases.empty())
    nothing_to_export("csv", "there is no case");
  return result != nullptr ? of_result(*result) : of_comparison(*comparison_in(what));
}

}  // namespace lockstep
