#include "harness/compare/comparison_json.hpp"

#include <algorithm>

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/base/json_value.hpp"
#include "harness/base/units.hpp"

namespace lockstep {
namespace {

constexpr std::size_t max_comparison_bytes = 256 * MiB;

Json number(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json to_json(const ComparedSide& side) {
  return {{"label", side.label}, {"run_ids", side.run_ids}, {"started", side.started}, {"commit", side.commit}};
}

Json to_json(const Difference& difference) {
  return {{"what", difference.what},
          {"baseline", difference.baseline},
          {"candidate", difference.candidate},
          {"forbids", difference.forbids}};
}

Json to_json(const ComparedMetric& metric) {
  return {{"name", metric.name},
          {"unit", metric.unit},
          {"better", name_of(metric.better)},
          {"verdict", name_of(metric.verdict)},
          {"reason", metric.reason},
          {"baseline", number(metric.baseline)},
          {"candidate", number(metric.candidate)},
          {"ratio", number(metric.ratio)},
          {"low", number(metric.low)},
          {"high", number(metric.high)},
          {"p", number(metric.p)},
          {"q", number(metric.q)},
          {"threshold", number(metric.threshold)},
          {"noise_floor", number(metric.noise_floor)},
          {"detectable", number(metric.detectable)},
          {"baseline_units", metric.baseline_units},
          {"candidate_units", metric.candidate_units},
          {"unit_of_sample", metric.unit_of_sample}};
}

Json to_json(const ComparedCase& one);

template <typename T>
Json list(const std::vector<T>& values) {
  Json json = Json::array();
  for (const T& value : values) json.push_back(to_json(value));
  return json;
}

Json to_json(const ComparedCase& one) {
  return {{"name", one.name},     {"family", one.family},        {"tier", one.tier}, {"verdict", name_of(one.verdict)},
          {"reason", one.reason}, {"metrics", list(one.metrics)}};
}

std::optional<double> number_in(const JsonValue& object, std::string_view key) {
  const auto value = object.find(key);
  return value ? std::optional{value->number()} : std::nullopt;
}

Verdict verdict_in(const JsonValue& object) {
  const JsonValue value = object.at("verdict");
  const auto found = std::ranges::find(verdict_names, value.text());
  if (found == verdict_names.end()) value.expected("a verdict");
  return static_cast<Verdict>(found - verdict_names.begin());
}

Better better_in(const JsonValue& object) {
  const JsonValue value = object.at("better");
  for (const Better better : {Better::higher, Better::lower, Better::none})
    if (value.text() == name_of(better)) return better;
  value.expected("higher, lower or none");
}

ComparedSide read_compared_side(const JsonValue& json) {
  ComparedSide side{.label = json.at("label").text(),
                    .run_ids = {},
                    .started = json.at("started").text(),
                    .commit = json.at("commit").text()};
  for (const JsonValue& id : json.at("run_ids").items()) side.run_ids.push_back(id.text());
  return side;
}

ComparedMetric read_compared_metric(const JsonValue& json) {
  return {.name = json.at("name").name(),
          .unit = json.at("unit").name(),
          .better = better_in(json),
          .verdict = verdict_in(json),
          .reason = json.at("reason").text(),
          .baseline = number_in(json, "baseline"),
          .candidate = number_in(json, "candidate"),
          .ratio = number_in(json, "ratio"),
          .low = number_in(json, "low"),
          .high = number_in(json, "high"),
          .p = number_in(json, "p"),
          .q = number_in(json, "q"),
          .threshold = number_in(json, "threshold"),
          .noise_floor = number_in(json, "noise_floor"),
          .detectable = number_in(json, "detectable"),
          .baseline_units = json.at("baseline_units").count(),
          .candidate_units = json.at("candidate_units").count(),
          .unit_of_sample = json.at("unit_of_sample").text()};
}

ComparedCase read_compared_case(const JsonValue& json) {
  ComparedCase one{.name = json.at("name").name(),
                   .family = json.at("family").name(),
                   .tier = json.at("tier").name(),
                   .verdict = verdict_in(json),
                   .reason = json.at("reason").text(),
                   .metrics = {}};
  for (const JsonValue& metric : json.at("metrics").items()) one.metrics.push_back(read_compared_metric(metric));
  return one;
}

}  // namespace

Json to_json(const Comparison& comparison) {
  return {{"schema_version", comparison_schema_version},
          {"kind", "comparison"},
          {"baseline", to_json(comparison.baseline)},
          {"candidate", to_json(comparison.candidate)},
          {"alpha", comparison.alpha},
          {"design", comparison.design},
          {"differences", list(comparison.differences)},
          {"cases", list(comparison.cases)},
          {"compared", comparison.compared},
          {"exit_code", static_cast<int>(comparison.exit_code)},
          {"conclusion", comparison.conclusion}};
}

bool is_comparison(const std::filesystem::path& path) {
  try {
    const Json json = parse_strict_json(read_file(path, max_comparison_bytes), path.string());
    return json.is_object() && json.value("kind", Json{}) == "comparison";
  } catch (const Error&) {
    return false;
  }
}

Comparison read_comparison(const std::filesystem::path& path) {
  const std::string file = path.string();
  const Json json = parse_strict_json(read_file(path, max_comparison_bytes), file);
  const JsonValue document{json, file};
  if (document.at("kind").text() != "comparison") document.at("kind").expected("\"comparison\"");
  if (document.at("schema_version").count() != comparison_schema_version)
    document.at("schema_version").expected(std::to_string(comparison_schema_version));
  Comparison comparison{.baseline = read_compared_side(document.at("baseline")),
                        .candidate = read_compared_side(document.at("candidate")),
                        .alpha = document.at("alpha").number(),
                        .design = document.at("design").text(),
                        .differences = {},
                        .cases = {},
                        .compared = document.at("compared").count(),
                        .exit_code = static_cast<ExitCode>(document.at("exit_code").count()),
                        .conclusion = document.at("conclusion").text()};
  for (const JsonValue& item : document.at("differences").items())
    comparison.differences.push_back({.what = item.at("what").text(),
                                      .baseline = item.at("baseline").text(),
                                      .candidate = item.at("candidate").text(),
                                      .forbids = item.at("forbids").flag()});
  for (const JsonValue& one : document.at("cases").items()) comparison.cases.push_back(read_compared_case(one));
  return comparison;
}

}  // namespace lockstep
