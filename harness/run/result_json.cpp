#include "harness/run/result_json.hpp"

#include <cmath>

#include "harness/run/backend.hpp"
#include "harness/run/families/family.hpp"
#include "harness/run/scenario/keys.hpp"
#include "harness/run/setup.hpp"

namespace lockstep {
namespace {

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
Json number(const std::optional<double>& value) { return value ? number(*value) : Json(nullptr); }

Json to_json(const CheckResult& check) {
  return {{"name", check.name},           {"verdict", name_of(check.verdict)}, {"compared", check.compared},
          {"worst", number(check.worst)}, {"limit", number(check.limit)},      {"because", check.because}};
}

Json to_json(const Metric& metric) {
  Json json{{"name", metric.name},
            {"unit", metric.unit},
            {"better", name_of(metric.better)},
            {"value", number(metric.value)},
            {"low", number(metric.low)},
            {"high", number(metric.high)},
            {"definition", metric.definition}};
  if (metric.exact) json["exact"] = true;
  if (!metric.blocks.empty()) json["blocks"] = metric.blocks;
  if (metric.has_samples) json["samples_file"] = "samples.jsonl";
  return json;
}

Json to_json(const PhaseTime& phase) {
  return {{"rank", phase.rank},
          {"phase", phase.phase},
          {"seconds", number(std::fmax(phase.seconds, 0))},
          {"fraction", number(std::fmax(phase.fraction, 0))}};
}

Json to_json(const MemoryUse& memory) {
  Json json{{"device", memory.device},
            {"use", memory.use},
            {"peak_bytes", memory.peak_bytes},
            {"current_bytes", memory.current_bytes}};
  if (memory.predicted_bytes) json["predicted_bytes"] = *memory.predicted_bytes;
  return json;
}

Json to_json(const TriedBatch& trial) {
  return {{"batch", trial.batch},
          {"micro_batches", trial.micro_batches},
          {"fits", trial.peak_bytes.has_value()},
          {"peak_bytes", trial.peak_bytes ? Json(*trial.peak_bytes) : Json(nullptr)},
          {"reason", trial.reason}};
}

Json to_json(const TrafficPerStep& traffic) {
  return {{"collective", traffic.collective},
          {"calls_per_step", number(traffic.calls)},
          {"bytes_per_step", number(traffic.bytes)}};
}

Json to_json(const BandwidthRow& row) {
  return {{"bytes", row.bytes},
          {"count", row.count},
          {"type", element_type},
          {"redop", reduction_of(row.kind)},
          {"root", root_of(row.kind)},
          {"in_place", row.placement == Placement::in_place},
          {"seconds", number(row.seconds)},
          {"algbw", number(row.algbw)},
          {"busbw", number(row.busbw)},
          {"wrong", row.wrong}};
}

Json to_json(const TriedFault& fault) {
  return {{"id", fault.id},
          {"source", fault.source},
          {"acts", fault.acts},
          {"verdict", name_of(fault.verdict)},
          {"expected", fault.expected},
          {"caught_by", fault.caught_by},
          {"reason", fault.reason}};
}

Json to_json(const RankWait& wait) {
  return {{"rank", wait.rank},
          {"seconds", number(wait.seconds)},
          {"fraction", number(wait.fraction)},
          {"caused", number(wait.caused)},
          {"last_share", number(wait.last_share)},
          {"waits_for", wait.waits_for ? Json(*wait.waits_for) : Json(nullptr)}};
}

template <typename T>
Json list(const std::vector<T>& values) {
  Json json = Json::array();
  for (const T& value : values) json.push_back(to_json(value));
  return json;
}

/// The least number of blocks that the scenario asks for; 0 where nothing is timed in blocks.
std::size_t declared_blocks(const Scenario& scenario) {
  return find_key("run.repetitions")->used(scenario) ? scenario.run.repetitions : 0;
}

std::string_view precision_of(const Scenario& scenario) {
  if (scenario.is_training() && scenario.train.dtype == TrainSpec::Type::bf16) return "bf16";
  return scenario.run.is_on_gpus() && scenario.run.tf32 ? "tf32" : "f32";
}

}  // namespace

Json identity_json(const Case& one) {
  const Scenario& scenario = one.scenario;
  Json axes = Json::object();
  for (const Axis& axis : one.axes) axes[axis.key] = axis.value;
  Json identity{
      {"name", one.name},
      {"scenario", scenario.name},
      {"scenario_hash", scenario.hash()},
      {"family", scenario.family},
      {"question", scenario.question.empty() ? std::string{family_named(scenario.family).question} : scenario.question},
      {"axes", std::move(axes)},
      {"tier", tier_of(scenario)},
      {"devices", scenario.run.devices},
      {"global_batch", scenario.is_training() ? scenario.global_batch() : 0},
      {"precision", precision_of(scenario)},
      {"repetitions", declared_blocks(scenario)}};
  if (scenario.is_training()) identity["strategy"] = strategy_name(scenario);
  if (scenario.is_training() && scenario.run.is_on_gpus())
    identity["graphs"] = cuda::launches_graphs(gpu_options(scenario.run, scenario.run.devices));
  return identity;
}

Json outcome_json(const CaseResult& result) {
  return {{"verdict", name_of(result.verdict)},
          {"reason", result.reason},
          {"checks", list(result.checks)},
          {"metrics", list(result.metrics)},
          {"phases", list(result.phases)},
          {"memory", list(result.memory)},
          {"pieces", result.pieces},
          {"traffic", list(result.traffic)},
          {"bandwidth", list(result.bandwidth)},
          {"waits", list(result.waits)},
          {"trials", list(result.trials)},
          {"faults", list(result.faults)},
          {"findings", result.findings},
          {"last_collectives", Json::array()}};  // of a case whose ranks failed, from the error
}

Json sample_json(const Case& one, const Sample& sample) {
  return {{"case", one.name},
          {"metric", sample.metric},
          {"unit", sample.unit},
          {"index", sample.index},
          {"rank", sample.rank ? Json(*sample.rank) : Json(nullptr)},
          {"value", number(sample.value)}};
}

}  // namespace lockstep
