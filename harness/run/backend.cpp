#include "harness/run/backend.hpp"

#include <algorithm>

#include "harness/device/cpu/topology.hpp"

namespace lockstep {
namespace {

constexpr std::string_view nothing_is_timed = "times of an emulated run mean nothing and are not recorded";

cuda::Collectives collectives_of(RunSpec::Collectives chosen) {
  switch (chosen) {
    case RunSpec::Collectives::automatic:
      return cuda::Collectives::automatic;
    case RunSpec::Collectives::nccl:
      return cuda::Collectives::nccl;
    case RunSpec::Collectives::local:
      return cuda::Collectives::local;
  }
  throw InternalError{"a choice of collectives without collectives"};
}

bool is_from_time(const Metric& metric) { return !metric.exact && !metric.untimed; }

bool is_on_time(const CheckResult& check) {
  return check.name == "breakdown" || check.name.starts_with("plausibility:");
}

/// Whether a family has measured after all.
bool has_times(const CaseResult& result) {
  return !result.phases.empty() || !result.waits.empty() ||
         std::ranges::any_of(result.metrics, [](const Metric& m) { return is_from_time(m) && m.value.has_value(); }) ||
         std::ranges::any_of(result.bandwidth, [](const BandwidthRow& row) { return row.seconds.has_value(); });
}

}  // namespace

cuda::WorldOptions gpu_options(const RunSpec& run, std::size_t devices) {
  return {.ranks = static_cast<int>(devices),
          .device_map = run.gpus_of(devices),
          .collectives = collectives_of(run.collectives),
          .capacity = run.device_memory,
          .tf32 = run.tf32,
          .graphs = run.graphs,
          .deadline = patience_of(run)};
}

Seconds patience_of(const RunSpec& run) { return run.deadline / 2; }

std::string_view tier_of(const Scenario& scenario) {
  if (!scenario.run.is_on_gpus()) return "cpu";
  return cuda::tier_of(gpu_options(scenario.run, scenario.run.devices));
}

std::string why_not_timed(std::string_view tier, std::size_t devices, std::size_t cores) {
  if (tier == "emulated") return std::string{nothing_is_timed};
  if (tier == "cuda-local")
    return "timing not measurable: devices of tier cuda-local share GPUs, or communicate by our own kernels instead "
           "of NCCL; their times are no speed-up";
  if (devices <= cores) return {};
  return fmt::format("timing not measurable: {}{} devices share {} cores", tier == "cpu" ? "" : "the threads of ",
                     devices, cores);
}

std::string why_not_timed(const Scenario& scenario) {
  return why_not_timed(tier_of(scenario), scenario.run.devices, cpu::usable_cores().size());
}

void withhold_times(CaseResult& result, std::string_view tier) {
  if (tier != "emulated") return;
  // What is said of times is not told from the rest; where there are none it is all from other numbers.
  if (has_times(result)) result.findings.clear();
  for (Metric& metric : result.metrics) {
    if (!is_from_time(metric)) continue;
    metric.value = metric.low = metric.high = std::nullopt;
    metric.has_samples = false;
    metric.blocks.clear();
  }
  for (BandwidthRow& row : result.bandwidth) row.seconds = row.algbw = row.busbw = std::nullopt;
  std::erase_if(result.checks, is_on_time);
  result.phases.clear();
  result.waits.clear();
  if (result.reason.find(nothing_is_timed) == std::string::npos)
    result.reason =
        result.reason.empty() ? std::string{nothing_is_timed} : fmt::format("{}; {}", nothing_is_timed, result.reason);
}

bool is_recorded(const Sample& sample, std::string_view tier) { return tier != "emulated" || sample.unit != "s"; }

}  // namespace lockstep
