#include "tests/compare/results.hpp"

#include <cstdlib>
#include <fstream>

#include "harness/base/random.hpp"
#include "harness/measure/statistics.hpp"

namespace lockstep {

std::vector<double> noisy_blocks(double center, double scatter, std::size_t count, std::uint64_t seed) {
  const RandomStream random{seed, 0};
  std::vector<double> blocks(count);
  for (std::size_t i = 0; i < count; ++i) blocks[i] = center * (1 + scatter * random.normal(i));
  return blocks;
}

Json metric_json(const std::string& name, const std::string& unit, const std::string& better,
                 const std::vector<double>& blocks) {
  return {{"name", name},   {"unit", unit},    {"better", better}, {"value", median(blocks)},
          {"low", nullptr}, {"high", nullptr}, {"definition", ""}, {"blocks", blocks}};
}

Json exact_metric_json(const std::string& name, const std::string& unit, const std::string& better, double value) {
  return {{"name", name},   {"unit", unit},    {"better", better}, {"value", value},
          {"low", nullptr}, {"high", nullptr}, {"exact", true},    {"definition", ""}};
}

Json case_json(const std::string& name, std::vector<Json> metrics) {
  return {{"name", name},
          {"scenario", "made-up"},
          {"scenario_hash", "0123456789abcdef"},
          {"family", "speedup"},
          {"question", "?"},
          {"axes", {{"devices", "2"}}},
          {"tier", "cpu"},
          {"devices", 2},
          {"strategy", "ddp"},
          {"global_batch", 128},
          {"precision", "f32"},
          {"repetitions", 3},
          {"verdict", "PASS"},
          {"reason", ""},
          {"checks",
           {{{"name", "replicas"},
             {"verdict", "PASS"},
             {"compared", 4},
             {"worst", 0},
             {"limit", 0},
             {"because", "replicas hold the same bits"}}}},
          {"metrics", std::move(metrics)},
          {"duration_s", 1.5}};
}

Json timed_case_json(const std::string& name, const std::vector<double>& blocks) {
  return case_json(name, {metric_json("step_time", "s", "lower", blocks)});
}

Json result_json(const std::string& run_id, std::vector<Json> cases) {
  return {{"schema_version", 1},
          {"tool", {{"name", "lockstep"}, {"version", "0.1.0"}, {"build_type", "Release"}, {"commit", "abc"}}},
          {"run",
           {{"id", run_id},
            {"started", "2026-01-02T03:04:05Z"},
            {"duration_s", 2.0},
            {"status", "complete"},
            {"command", {"lockstep", "run"}},
            {"exit_code", 0}}},
          {"environment", {{"hardware", {{"cpu", "made up"}, {"cores", 2}}}, {"software", Json::object()}}},
          {"cases", std::move(cases)}};
}

RecordedResult recorded(const Json& result) { return parse_result(result.dump(), "result.json"); }

Side side_of(std::vector<Json> results) {
  Side side{.label = "made up", .runs = {}};
  for (const Json& result : results) side.runs.push_back(recorded(result));
  return side;
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "lockstep-XXXXXX").string();
  path_ = ::mkdtemp(name.data());
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TemporaryFolder::write(const std::string& name, const std::string& text) const {
  const std::filesystem::path file = path_ / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream{file, std::ios::binary} << text;
  return file;
}

}  // namespace lockstep
