#include "harness/compare/recorded_result.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <set>

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/base/json_value.hpp"
#include "harness/base/text.hpp"
#include "harness/base/units.hpp"
#include "harness/measure/statistics.hpp"
#include "harness/run/result_file.hpp"

namespace lockstep {
namespace {

/// Far above any real result (a case is a few KiB); stops a wrong file before it fills the memory.
constexpr std::size_t max_result_bytes = 256 * MiB;
constexpr std::size_t max_cases = 100'000;

constexpr std::array<std::string_view, 8> units{"s", "B", "B/s", "s/B", "s/sqrt(B)", "samples", "samples/s", "1"};
constexpr std::array<std::string_view, 5> tiers{"cpu", "cuda-local", "cuda-nccl", "simulated", "emulated"};
constexpr std::array<std::string_view, 3> betters{"higher", "lower", "none"};
static_assert(betters[static_cast<std::size_t>(Better::none)] == name_of(Better::none));

/// Metrics of work, which takes time. What is hidden or waited for may be 0.
constexpr std::array<std::string_view, 5> work{"step_time", "baseline_step_time", "save_time", "load_time",
                                               "restore_time"};

/// The index of a name in a table.
template <std::size_t Size>
std::size_t one_of(const std::array<std::string_view, Size>& names, const JsonValue& value) {
  const std::string text = value.text();
  const auto found = std::ranges::find(names, text);
  if (found == names.end()) {
    std::string list;
    for (const std::string_view name : names) list += (list.empty() ? "" : ", ") + std::string{name};
    value.expected("one of " + list);
  }
  return static_cast<std::size_t>(found - names.begin());
}

Verdict verdict_of(const JsonValue& value) { return static_cast<Verdict>(one_of(verdict_names, value)); }

std::optional<double> number_or_null(const JsonValue& object, std::string_view key) {
  const auto value = object.find(key);
  return value ? std::optional{value->number()} : std::nullopt;
}

std::string text_or_empty(const JsonValue& object, std::string_view key) {
  const auto value = object.find(key);
  return value ? value->text() : std::string{};
}

/// The elements of a list that may be missing.
template <typename T>
std::vector<T> list_of(const JsonValue& object, std::string_view key, T (*read)(const JsonValue&)) {
  std::vector<T> values;
  if (const auto list = object.find(key))
    for (const JsonValue& item : list->items()) values.push_back(read(item));
  return values;
}

template <typename T>
void refuse_duplicates(const std::vector<T>& values, const JsonValue& where, std::string_view what) {
  std::set<std::string_view> names;
  for (const T& value : values)
    if (!names.insert(value.name).second) where.reject(fmt::format("{} \"{}\" twice", what, value.name));
}

RecordedCheck read_check(const JsonValue& json) {
  RecordedCheck check{.name = json.at("name").name(),
                      .verdict = verdict_of(json.at("verdict")),
                      .compared = json.at("compared").count(),
                      .worst = number_or_null(json, "worst"),
                      .limit = number_or_null(json, "limit"),
                      .because = text_or_empty(json, "because")};
  if (check.verdict == Verdict::pass && check.compared == 0)
    json.reject(fmt::format("check \"{}\" passed, but compared nothing", check.name));
  return check;
}

/// Whether two numbers that were printed and read are the same.
bool is_same(double a, double b) { return std::fabs(a - b) <= 1e-9 * std::max(std::fabs(a), std::fabs(b)); }

void require_consistent(const RecordedMetric& metric, const JsonValue& json) {
  const bool takes_time = std::ranges::find(work, metric.name) != work.end();
  if (takes_time && std::ranges::any_of(metric.blocks, [](double seconds) { return seconds <= 0; }))
    json.reject(fmt::format("metric \"{}\" has a time that is not above 0", metric.name));
  if (metric.unit == "s" && std::ranges::any_of(metric.blocks, [](double seconds) { return seconds < 0; }))
    json.reject(fmt::format("metric \"{}\" has a time below 0", metric.name));
  if (!metric.blocks.empty() && !(metric.value && is_same(*metric.value, median(metric.blocks))))
    json.reject(fmt::format("the value of metric \"{}\" is not the median of its blocks", metric.name));
  const bool is_ordered = (!metric.low || !metric.value || *metric.low <= *metric.value) &&
                          (!metric.high || !metric.value || *metric.value <= *metric.high);
  if (!is_ordered) json.reject(fmt::format("the value of metric \"{}\" is outside its interval", metric.name));
}

RecordedMetric read_metric(const JsonValue& json) {
  RecordedMetric metric{.name = json.at("name").name(),
                        .unit = std::string{units[one_of(units, json.at("unit"))]},
                        .better = static_cast<Better>(one_of(betters, json.at("better"))),
                        .value = number_or_null(json, "value"),
                        .low = number_or_null(json, "low"),
                        .high = number_or_null(json, "high"),
                        .blocks = list_of<double>(json, "blocks", [](const JsonValue& item) { return item.number(); }),
                        .definition = text_or_empty(json, "definition")};
  if (const auto exact = json.find("exact")) metric.exact = exact->flag();
  require_consistent(metric, json);
  return metric;
}

RecordedBandwidth read_bandwidth(const JsonValue& json) {
  const JsonValue root = json.at("root");
  if (!root.json().is_number_integer()) root.expected("an integer");
  return {.bytes = json.at("bytes").count(),
          .count = json.at("count").count(),
          .type = json.at("type").name(),
          .redop = json.at("redop").name(),
          .root = root.json().get<std::int64_t>(),
          .in_place = json.at("in_place").flag(),
          .seconds = number_or_null(json, "seconds"),
          .algbw = number_or_null(json, "algbw"),
          .busbw = number_or_null(json, "busbw"),
          .wrong = json.at("wrong").count()};
}

RecordedMemory read_memory(const JsonValue& json) {
  return {
      .device = json.at("device").count(), .use = json.at("use").name(), .peak_bytes = json.at("peak_bytes").count()};
}

std::vector<std::pair<std::string, std::string>> read_axes(const JsonValue& json) {
  if (!json.json().is_object()) json.expected("an object");
  std::vector<std::pair<std::string, std::string>> axes;
  for (const auto& [key, value] : json.json().items()) axes.emplace_back(one_plain_line(key), json.at(key).text());
  return axes;
}

/// A case says that all is well only when its checks do, and there are some.
void require_grounds(const RecordedCase& one, const JsonValue& json) {
  if (one.verdict != Verdict::pass) return;
  if (one.checks.empty()) json.reject(fmt::format("case \"{}\" passed without a check", one.name));
  for (const RecordedCheck& check : one.checks)
    if (check.verdict != Verdict::pass && check.verdict != Verdict::skipped)
      json.reject(
          fmt::format("case \"{}\" passed, but its check \"{}\" is {}", one.name, check.name, name_of(check.verdict)));
}

void require_declared_blocks(const RecordedCase& one, const JsonValue& json) {
  for (const RecordedMetric& metric : one.metrics)
    if (metric.name == "step_time" && !metric.blocks.empty() && metric.blocks.size() < one.repetitions)
      json.reject(fmt::format("case \"{}\" has {} blocks of step_time, but asks for {}", one.name, metric.blocks.size(),
                              one.repetitions));
}

/// What each device held at most, as metrics. Where pieces follow measured speeds it is not the same in every run.
std::vector<RecordedMetric> peaks_of(const RecordedCase& one) {
  std::vector<RecordedMetric> peaks;
  for (const RecordedMemory& memory : one.memory)
    if (memory.use == "total" && one.family != "imbalance")
      peaks.push_back({.name = fmt::format("peak_memory.{}", memory.device),
                       .unit = "B",
                       .better = Better::lower,
                       .value = static_cast<double>(memory.peak_bytes),
                       .low = {},
                       .high = {},
                       .blocks = {},
                       .exact = true,
                       .definition = "most memory in use on this device"});
  return peaks;
}

RecordedCase read_case(const JsonValue& json) {
  RecordedCase one;
  one.name = json.at("name").name();
  one.scenario = json.at("scenario").name();
  one.scenario_hash = json.at("scenario_hash").name();
  one.family = json.at("family").name();
  one.question = text_or_empty(json, "question");
  one.axes = read_axes(json.at("axes"));
  one.tier = tiers[one_of(tiers, json.at("tier"))];
  one.verdict = verdict_of(json.at("verdict"));
  one.reason = text_or_empty(json, "reason");
  if (const auto devices = json.find("devices")) one.devices = devices->count();
  if (const auto batch = json.find("global_batch")) one.global_batch = batch->count();
  one.precision = text_or_empty(json, "precision");
  one.strategy = text_or_empty(json, "strategy");
  if (const auto repetitions = json.find("repetitions")) one.repetitions = repetitions->count();
  one.checks = list_of<RecordedCheck>(json, "checks", read_check);
  one.metrics = list_of<RecordedMetric>(json, "metrics", read_metric);
  one.bandwidth = list_of<RecordedBandwidth>(json, "bandwidth", read_bandwidth);
  one.memory = list_of<RecordedMemory>(json, "memory", read_memory);
  one.findings = list_of<std::string>(json, "findings", [](const JsonValue& item) { return item.text(); });
  if (const auto duration = json.find("duration_s")) one.duration_s = duration->number();
  std::ranges::move(peaks_of(one), std::back_inserter(one.metrics));
  refuse_duplicates(one.metrics, json, "metric");
  refuse_duplicates(one.checks, json, "check");
  require_grounds(one, json);
  require_declared_blocks(one, json);
  return one;
}

void require_schema(const JsonValue& document) {
  const JsonValue version = document.at("schema_version");
  if (version.count() != result_schema_version)
    version.reject(
        fmt::format("{} is not a version that this program knows ({})", version.count(), result_schema_version));
  const JsonValue name = document.at("tool").at("name");
  if (name.text() != "lockstep") name.expected("\"lockstep\"");
}

}  // namespace

RecordedResult parse_result(std::string text, const std::filesystem::path& where) {
  const std::string file = one_plain_line(where.string());
  const Json json = parse_strict_json(text, file);
  const JsonValue document{json, file};
  require_schema(document);
  RecordedResult result;
  result.path = where;
  const JsonValue run = document.at("run");
  if (const auto id = run.find("id")) result.run_id = id->name();  // of one form, since runs are told apart by it
  result.started = run.at("started").name();
  result.status = run.at("status").name();
  result.command = list_of<std::string>(run, "command", [](const JsonValue& word) { return word.text(); });
  result.tool = document.at("tool").json();
  result.environment = document.at("environment").json();
  const std::vector<JsonValue> cases = document.at("cases").items();
  if (cases.size() > max_cases) document.reject(fmt::format("more than {} cases", max_cases));
  for (const JsonValue& one : cases) result.cases.push_back(read_case(one));
  refuse_duplicates(result.cases, document, "case");
  result.text = std::move(text);
  return result;
}

RecordedResult read_result(const std::filesystem::path& path) {
  std::error_code ignored;
  const bool is_folder = std::filesystem::is_directory(path, ignored);
  const std::filesystem::path file = is_folder ? path / "result.json" : path;
  return parse_result(read_file(file, max_result_bytes), file);
}

}  // namespace lockstep
