// The JSON of Google Benchmark (its docs/user_guide.md and tools/gbench/report.py say what readers rely on).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>

#include "harness/base/error.hpp"
#include "harness/measure/statistics.hpp"
#include "harness/report/export/formats.hpp"
#include "harness/report/export/shown.hpp"

namespace lockstep {
namespace {

constexpr double ns_per_s = 1e9;

/// A part of a name, in which "/" and ":" have a meaning.
std::string part(std::string_view text) {
  std::string escaped;
  for (const char c : shown(text))
    escaped +=
        c == '/' || c == ':' || c == '%' ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string{c};
  return escaped;
}

/// "speedup-mlp/strategy:ddp/devices:2": compare.py pairs runs by it.
std::string name_of(const RecordedCase& one) {
  std::string name = part(one.scenario);
  for (const auto& [key, value] : one.axes) name += fmt::format("/{}:{}", part(key), part(value));
  return name;
}

struct Family {
  std::size_t index;     // of the scenario
  std::size_t instance;  // of the case in it
};

/// One entry. Every time is in ns: compare.py takes two entries for comparable without looking at their units. There is
/// no processor time; readers need the key, so it holds the same time.
Json entry(const std::string& run_name, const Family& family, double seconds) {
  return {{"name", run_name},
          {"family_index", family.index},
          {"per_family_instance_index", family.instance},
          {"run_name", run_name},
          {"run_type", "iteration"},
          {"repetitions", 1},
          {"threads", 1},
          {"iterations", 1},
          {"real_time", seconds * ns_per_s},
          {"cpu_time", seconds * ns_per_s},
          {"time_unit", "ns"}};
}

Json aggregate(const std::string& run_name, const Family& family, std::size_t count, std::string_view aggregate_name,
               double seconds) {
  Json json = entry(run_name, family, seconds);
  json["name"] = fmt::format("{}_{}", run_name, aggregate_name);
  json["run_type"] = "aggregate";
  json["repetitions"] = count;
  json["iterations"] = count;
  json["aggregate_name"] = aggregate_name;
  json["aggregate_unit"] = "time";
  return json;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Of a sample, as Google Benchmark has it: divided by n - 1.
double standard_deviation(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += (value - mean(values)) * (value - mean(values));
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

/// A time that is too large for a number of ns is left out: JSON has no infinity.
void add(Json& list, Json json) {
  if (std::isfinite(json["real_time"].get<double>())) list.push_back(std::move(json));
}

void add_times(Json& list, const std::string& run_name, const Family& family, const std::vector<double>& times) {
  for (std::size_t i = 0; i < times.size(); ++i) {
    Json json = entry(run_name, family, times[i]);
    json["repetitions"] = times.size();
    json["repetition_index"] = i;
    add(list, std::move(json));
  }
  if (times.size() < 2) return;
  add(list, aggregate(run_name, family, times.size(), "mean", mean(times)));
  add(list, aggregate(run_name, family, times.size(), "median", median(times)));
  add(list, aggregate(run_name, family, times.size(), "stddev", standard_deviation(times)));
}

void add_collectives(Json& list, const std::string& name, const Family& family, const RecordedCase& one) {
  for (const RecordedBandwidth& row : one.bandwidth) {
    if (!row.seconds) continue;
    Json json =
        entry(fmt::format("{}/bytes:{}/in_place:{}", name, row.bytes, row.in_place ? 1 : 0), family, *row.seconds);
    json["repetition_index"] = 0;
    if (row.algbw) json["bytes_per_second"] = *row.algbw;
    add(list, std::move(json));
  }
}

void add_case(Json& list, const std::string& name, const Family& family, const RecordedCase& one) {
  for (const RecordedMetric& metric : one.metrics) {
    if (metric.unit != "s" || !metric.value) continue;
    const std::vector<double> single{*metric.value};
    add_times(list, fmt::format("{}/{}", name, part(metric.name)), family,
              metric.blocks.empty() ? single : metric.blocks);
  }
  add_collectives(list, name, family, one);
}

/// The caches as Google Benchmark lists them, as far as the result knows them; readers need the key.
Json caches(const Json& environment) {
  struct Cache {
    const char *bytes, *cores;  // keys of environment.hardware
    const char* type;
    int level;
  };
  constexpr std::array<Cache, 3> known{{{"l1d_bytes", "l1d_cores", "Data", 1},
                                        {"l2_bytes", "l2_cores", "Unified", 2},
                                        {"l3_bytes", "l3_cores", "Unified", 3}}};
  Json list = Json::array();
  for (const Cache& cache : known) {
    const double bytes = number_at(environment, "hardware", cache.bytes).value_or(0);
    if (bytes < 1 || bytes > 1e15) continue;
    const double cores = std::clamp(number_at(environment, "hardware", cache.cores).value_or(1), 1.0, 1e6);
    list.push_back({{"type", cache.type},
                    {"level", cache.level},
                    {"size", std::llround(bytes)},
                    {"num_sharing", std::llround(cores)}});
  }
  return list;
}

Json context_of(const RecordedResult& result) {
  const bool is_release = text_at(result.tool, "build_type").value_or("") == "Release";
  const double clock_hz = number_at(result.environment, "conditions", "measured_clock_hz").value_or(0);
  return {
      {"date", shown(result.started)},
      {"host_name", ""},  // told only on request
      {"executable", "lockstep"},
      {"num_cpus", std::llround(std::clamp(number_at(result.environment, "hardware", "cores").value_or(1), 1.0, 1e6))},
      {"mhz_per_cpu", std::llround(std::clamp(clock_hz * 1e-6, 0.0, 1e6))},
      {"cpu_scaling_enabled",
       text_at(result.environment, "hardware", "governor").value_or("performance") != "performance"},
      {"caches", caches(result.environment)},
      {"load_avg", Json::array()},
      {"library_build_type", is_release ? "release" : "debug"},
      {"json_schema_version", 1},
      {"lockstep_run_id", shown(result.run_id)},
      {"lockstep_commit", text_at(result.tool, "commit").value_or("unknown")}};
}

}  // namespace

std::string write_google_benchmark(const Exportable& what, const ExportOptions&) {
  const RecordedResult* const result = result_in(what);
  if (result == nullptr) nothing_to_export("google-benchmark", "a comparison has no repetitions; export both results");
  Json list = Json::array();
  std::set<std::string> names;
  std::vector<std::pair<std::string, std::size_t>> scenarios;  // and how many cases each has so far
  for (const RecordedCase& one : result->cases) {
    const std::string name = name_of(one);
    if (!names.insert(name).second)
      throw InputError{fmt::format("{}: two cases have the scenario and axes {}", shown(result->path.string()), name)};
    auto scenario = std::ranges::find(scenarios, one.scenario, &std::pair<std::string, std::size_t>::first);
    if (scenario == scenarios.end()) scenario = scenarios.insert(scenarios.end(), {one.scenario, 0});
    add_case(list, name, {static_cast<std::size_t>(scenario - scenarios.begin()), scenario->second++}, one);
  }
  if (list.empty()) nothing_to_export("google-benchmark", "no case has a time");
  return Json{{"context", context_of(*result)}, {"benchmarks", std::move(list)}}.dump(2) + "\n";
}

}  // namespace lockstep
