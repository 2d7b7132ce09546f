#include "tests/export/examples.hpp"

#include <fmt/format.h>

#include "harness/measure/statistics.hpp"

namespace lockstep {
namespace {

RecordedMetric metric_of(std::string name, std::string unit, Better better, std::vector<double> blocks) {
  RecordedMetric metric;
  metric.name = std::move(name);
  metric.unit = std::move(unit);
  metric.better = better;
  metric.value = median(blocks);
  metric.low = *metric.value * 0.99;
  metric.high = *metric.value * 1.02;
  metric.blocks = std::move(blocks);
  metric.definition = "the middle of the blocks";
  return metric;
}

RecordedMetric single(std::string name, std::string unit, Better better, std::optional<double> value) {
  RecordedMetric metric;
  metric.name = std::move(name);
  metric.unit = std::move(unit);
  metric.better = better;
  metric.value = value;
  return metric;
}

RecordedCheck check_of(std::string name, Verdict verdict) {
  RecordedCheck check;
  check.name = std::move(name);
  check.verdict = verdict;
  check.compared = 12;
  check.worst = 3e-4;
  check.limit = 1e-5;
  check.because = "the limit has a reason";
  return check;
}

RecordedCase case_of(std::string scenario, std::string family, std::string devices, Verdict verdict) {
  RecordedCase one;
  one.name = fmt::format("{}/strategy=ddp,devices={}", scenario, devices);
  one.scenario = std::move(scenario);
  one.scenario_hash = "0123456789abcdef";
  one.family = std::move(family);
  one.axes = {{"strategy", "ddp"}, {"devices", std::move(devices)}};
  one.tier = "cpu";
  one.verdict = verdict;
  if (verdict != Verdict::pass) one.reason = fmt::format("it is {}", name_of(verdict));
  one.devices = 2;
  one.global_batch = 256;
  one.precision = "f32";
  one.strategy = "ddp";
  one.checks = {check_of("replicas", verdict == Verdict::fail ? Verdict::fail : Verdict::pass)};
  one.duration_s = 1.25;
  return one;
}

RecordedBandwidth bandwidth_of(std::uint64_t bytes, bool in_place, std::optional<double> seconds) {
  RecordedBandwidth row;
  row.bytes = bytes;
  row.count = bytes / 4;
  row.type = "float";
  row.redop = "sum";
  row.in_place = in_place;
  row.seconds = seconds;
  if (seconds) row.algbw = row.busbw = static_cast<double>(bytes) / *seconds;
  return row;
}

RecordedResult result_of(std::vector<RecordedCase> cases) {
  RecordedResult result;
  result.path = "result.json";
  result.run_id = "00112233445566aa";
  result.started = "2026-01-31T12:00:00Z";
  result.status = "complete";
  result.tool = {{"name", "lockstep"}, {"version", "0.1.0"}, {"build_type", "Release"}, {"commit", "84f59af3d0c1"}};
  result.environment = {{"hardware",
                         {{"cpu", "Xeon at 2.1 GHz"},
                          {"cores", 2},
                          {"l1d_bytes", 49152},
                          {"l2_bytes", 2097152},
                          {"l3_bytes", 110100480},
                          {"l3_cores", 2}}},
                        {"software", {{"os", "Debian GNU/Linux 12"}}},
                        {"conditions", {{"measured_clock_hz", 2095000000}}}};
  result.cases = std::move(cases);
  return result;
}

ComparedMetric compared(std::string name, Verdict verdict, double ratio) {
  ComparedMetric metric;
  metric.name = std::move(name);
  metric.unit = "s";
  metric.better = Better::lower;
  metric.verdict = verdict;
  metric.reason = fmt::format("it is {}", name_of(verdict));
  if (verdict == Verdict::missing) return metric;
  metric.baseline = 0.005;
  metric.candidate = 0.005 * ratio;
  metric.ratio = ratio;
  metric.low = ratio * 0.99;
  metric.high = ratio * 1.01;
  metric.p = metric.q = 0.0005;
  metric.threshold = 0.03;
  metric.baseline_units = metric.candidate_units = 12;
  metric.unit_of_sample = "block";
  return metric;
}

ComparedCase compared_case(std::string name, Verdict verdict, std::vector<ComparedMetric> metrics) {
  ComparedCase one;
  one.name = std::move(name);
  one.family = "speedup";
  one.tier = "cpu";
  one.verdict = verdict;
  one.reason = fmt::format("it is {}", name_of(verdict));
  one.metrics = std::move(metrics);
  return one;
}

Comparison comparison_of(std::vector<ComparedCase> cases, ExitCode code) {
  Comparison comparison;
  comparison.baseline = {"results/before", {"aaaaaaaaaaaaaaaa"}, "2026-01-30T12:00:00Z", "1111111"};
  comparison.candidate = {"results/after", {"bbbbbbbbbbbbbbbb"}, "2026-01-31T12:00:00Z", "2222222"};
  comparison.design = "independent";
  comparison.differences = {{"tool.commit", "1111111", "2222222", false}};
  comparison.cases = std::move(cases);
  comparison.compared = 3;
  comparison.exit_code = code;
  comparison.conclusion = "1 case is worse";
  return comparison;
}

}  // namespace

RecordedResult example_result() {
  RecordedCase timed = case_of("speedup-mlp", "speedup", "2", Verdict::pass);
  timed.metrics = {metric_of("step_time", "s", Better::lower, {0.0051, 0.005, 0.0052}),
                   metric_of("speedup", "1", Better::higher, {1.8, 1.9, 1.85}),
                   single("noise_floor", "1", Better::none, 0.02),
                   single("device_memory", "B", Better::lower, 1048576),
                   single("dp_tax", "1", Better::lower, std::nullopt),
                   single("lost-share", "1", Better::none, 0.25),
                   single("lost.share", "1", Better::none, 0.75)};
  timed.memory = {{0, "total", 1048576}, {0, "gradients", 1024}, {1, "total", 524288}};
  timed.findings = {"1.85 times faster than one device"};
  RecordedCase failed = case_of("speedup-mlp", "speedup", "4", Verdict::fail);
  RecordedCase skipped = case_of("speedup-mlp", "speedup", "8", Verdict::skipped);
  RecordedCase crashed = case_of("collectives", "communication", "2", Verdict::error);
  crashed.bandwidth = {bandwidth_of(4096, false, 2e-6), bandwidth_of(4096, true, 1e-6), bandwidth_of(8192, false, 4e-6),
                       bandwidth_of(8192, true, std::nullopt)};
  RecordedCase unsure = case_of("collectives", "communication", "4", Verdict::inconclusive);
  return result_of({timed, failed, skipped, crashed, unsure});
}

RecordedResult example_timed_result(double slowness) {
  RecordedCase timed = case_of("speedup-mlp", "speedup", "2", Verdict::pass);
  std::vector<double> blocks;
  for (int i = 0; i < 12; ++i) blocks.push_back(0.005 * slowness * (1 + 0.001 * i));
  timed.metrics = {metric_of("step_time", "s", Better::lower, blocks)};
  return result_of({timed});
}

RecordedResult example_untimed_result() {
  return result_of({case_of("equivalence", "equivalence", "2", Verdict::pass),
                    case_of("equivalence", "equivalence", "3", Verdict::pass)});
}

RecordedResult example_failures(std::size_t count) {
  std::vector<RecordedCase> cases;
  for (std::size_t i = 0; i < count; ++i) {
    cases.push_back(case_of("failing", "equivalence", std::to_string(i + 1), Verdict::fail));
    cases.back().reason = std::string(400, 'x');
  }
  return result_of(std::move(cases));
}

std::string hostile_text(std::string_view start) {
  using namespace std::string_literals;
  return std::string{start} +
         "=HYPERLINK(\"x\")<script>alert('1')</script>]]>&amp;<!-- | a `b` **c** ~~d~~ [e](javascript:1) @everyone #1 "
         "www.evil.example https://evil.example $x$ \\ {l=\"v\"} 50%0A%25, \"q\" \r\n::error::injected\n# EOF\n"
         "</testcase>\t\x1b[31m\x07\x7f\xff\xc2\x9b\xef\xbf\xbf\xe2\x80\xae end"s +
         '\0' + " ü";
}

RecordedResult hostile_result() {
  RecordedResult result = example_result();
  result.run_id = hostile_text();
  result.started = hostile_text();
  for (const char* key : {"version", "build_type", "commit"}) result.tool[key] = hostile_text();
  result.environment = {{"hardware", {{"cpu", hostile_text()}, {"cores", hostile_text()}}}, {"software", 3}};
  for (RecordedCase& one : result.cases) {
    one.name = hostile_text(one.name);
    one.scenario = hostile_text(one.scenario);
    one.family = hostile_text();
    for (auto& [key, value] : one.axes) key = hostile_text(key), value = hostile_text(value);
    one.reason = hostile_text();
    one.strategy = one.precision = one.tier = one.scenario_hash = hostile_text();
    for (RecordedCheck& check : one.checks) check.name = check.because = hostile_text();
    for (RecordedMetric& metric : one.metrics)
      metric.name = hostile_text(metric.name), metric.definition = hostile_text();
    for (RecordedBandwidth& row : one.bandwidth) row.type = row.redop = "a b\n" + hostile_text();
    for (std::string& finding : one.findings) finding = hostile_text();
  }
  return result;
}

Comparison example_comparison() {
  return comparison_of(
      {compared_case("a/devices=1", Verdict::same, {compared("step_time", Verdict::same, 1.001)}),
       compared_case("a/devices=2", Verdict::regressed,
                     {compared("step_time", Verdict::regressed, 1.052), compared("save_time", Verdict::same, 1.0)}),
       compared_case("a/devices=4", Verdict::improved, {compared("step_time", Verdict::improved, 0.9)}),
       compared_case("b", Verdict::inconclusive, {compared("step_time", Verdict::inconclusive, 1.02)}),
       compared_case("c", Verdict::invalid, {}),
       compared_case("d", Verdict::missing, {compared("step_time", Verdict::missing, 1)}),
       compared_case("e", Verdict::fail, {}), compared_case("f", Verdict::error, {}),
       compared_case("g", Verdict::skipped, {})},
      ExitCode::failed);
}

Comparison example_empty_comparison() {
  Comparison comparison = comparison_of({compared_case("a", Verdict::skipped, {})}, ExitCode::nothing_ran);
  comparison.compared = 0;
  comparison.conclusion = "nothing was compared";
  return comparison;
}

Comparison hostile_comparison() {
  Comparison comparison = example_comparison();
  for (ComparedSide* side : {&comparison.baseline, &comparison.candidate})
    side->label = side->commit = side->started = hostile_text();
  comparison.design = comparison.conclusion = hostile_text();
  for (Difference& difference : comparison.differences)
    difference.what = difference.baseline = difference.candidate = hostile_text();
  for (ComparedCase& one : comparison.cases) {
    one.name = hostile_text(one.name);
    one.family = one.tier = one.reason = hostile_text();
    for (ComparedMetric& metric : one.metrics) {
      metric.name = hostile_text(metric.name);
      metric.unit = metric.reason = metric.unit_of_sample = hostile_text();
    }
  }
  return comparison;
}

}  // namespace lockstep
