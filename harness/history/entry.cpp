#include "harness/history/entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "harness/base/error.hpp"
#include "harness/base/hash.hpp"
#include "harness/base/json_value.hpp"
#include "harness/base/text.hpp"
#include "harness/compare/side.hpp"
#include "harness/history/compression.hpp"

namespace lockstep {
namespace {

std::string text_in(const JsonValue& object, std::string_view key, const std::string& otherwise) {
  const auto value = object.find(key);
  return value ? value->name() : otherwise;
}

/// Runs are put in order by the text of their start, so all of them must be written in one way.
std::string require_time(const std::string& started, const std::string& file) {
  constexpr std::string_view form = "0000-00-00T00:00:00Z";
  const auto fits = [](char wanted, char found) {
    return wanted == '0' ? found >= '0' && found <= '9' : wanted == found;
  };
  if (!std::ranges::equal(form, started, fits))
    throw InputError{fmt::format("{}: run.started: expected a time in UTC like 2026-01-02T03:04:05Z, got {}", file,
                                 printable(started))};
  return started;
}

/// What was computed by the tests' double of CUDA is no measurement to compare with.
void require_measured(const RecordedResult& result) {
  const auto emulated = std::ranges::find(result.cases, "emulated", &RecordedCase::tier);
  if (emulated != result.cases.end())
    throw InputError{fmt::format("{}: {}: tier emulated: a history keeps what was measured", result.path.string(),
                                 printable(emulated->name))};
}

std::string printed(const JsonValue& object, std::string_view key) {
  const auto value = object.find(key);
  return value ? value->json().dump(-1, ' ', false, Json::error_handler_t::replace) : "";
}

/// Older results do not say which machine it was.
std::string machine_by_hardware(const JsonValue& environment) {
  const auto hardware = environment.find("hardware");
  if (!hardware) return "unknown";
  std::string facts;
  for (const char* key : {"cpu", "cores", "memory_bytes"}) facts += printed(*hardware, key) + '\n';
  return format_hash(hash_text(facts));
}

std::string describe_machine(const JsonValue& environment) {
  const auto hardware = environment.find("hardware");
  if (!hardware) return "";
  const auto cores = hardware->find("cores");
  const std::string cpu = text_in(*hardware, "cpu", "");
  return cores ? fmt::format("{}, {} cores", cpu, cores->count()) : cpu;
}

void add_values(std::vector<EntryValue>& values, const RecordedCase& one) {
  if (one.verdict != Verdict::pass) return;
  for (const RecordedMetric& metric : one.metrics)
    if (metric.value)
      values.push_back({.name = one.name,
                        .metric = metric.name,
                        .scenario_hash = one.scenario_hash,
                        .tier = one.tier,
                        .unit = metric.unit,
                        .better = std::string{name_of(metric.better)},
                        .value = *metric.value,
                        .low = metric.low,
                        .high = metric.high});
}

}  // namespace

Entry entry_of(const RecordedResult& result, const std::optional<std::string>& source) {
  require_complete(result);
  const std::string file = result.path.string();
  require_measured(result);
  const JsonValue tool{result.tool, file}, environment{result.environment, file};
  Entry entry;
  entry.hash = format_hash(hash_text(result.text));
  entry.run = result.run_id.empty() ? "hash:" + entry.hash : result.run_id;
  entry.machine = text_in(environment, "machine_id", machine_by_hardware(environment));
  entry.machine_text = describe_machine(environment);
  entry.started = require_time(result.started, file);
  entry.source = source.value_or(text_in(tool, "commit", "unknown"));
  entry.build_type = text_in(tool, "build_type", "unknown");
  entry.cases = result.cases.size();
  for (const RecordedCase& one : result.cases) {
    if (one.verdict == Verdict::pass) ++entry.passed;
    add_values(entry.values, one);
  }
  entry.size = result.text.size();
  entry.compressed = compress(result.text);
  return entry;
}

}  // namespace lockstep
