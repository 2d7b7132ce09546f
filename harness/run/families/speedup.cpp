#include <algorithm>

#include "harness/device/cpu/topology.hpp"
#include "harness/measure/checks/training.hpp"
#include "harness/measure/tensor_hash.hpp"
#include "harness/measure/trainer.hpp"
#include "harness/run/families/family.hpp"
#include "harness/run/observations.hpp"
#include "harness/run/setup.hpp"
#include "harness/run/trace.hpp"

namespace lockstep {
namespace {

/// One device and the candidate, measured block by block in turn (A B, B A, …), so that both see the same machine.
struct Pairs {
  std::vector<double> baseline;   // median step of each block, seconds
  std::vector<double> candidate;  // likewise, at the same index
  std::vector<Block> blocks;      // of the candidate
};

void note(const SampleSink& samples, std::string_view metric, std::size_t first, const std::vector<double>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    samples({.metric = metric, .unit = "s", .index = first + i, .value = values[i]});
}

Pairs measure(const Scenario& scenario, Trainer& baseline, Trainer& candidate, const SampleSink& samples) {
  const std::size_t steps = scenario.train.steps;
  note(samples, "warmup_step_time", 0, step_times(candidate.run(scenario.run.warmup_steps)));
  note(samples, "warmup_baseline_step_time", 0, step_times(baseline.run(scenario.run.warmup_steps)));
  Pairs pairs;
  const auto run_baseline = [&] {
    const std::vector<double> times = step_times(baseline.run(steps));
    note(samples, "baseline_step_time", pairs.baseline.size() * steps, times);
    pairs.baseline.push_back(median(times));
  };
  const auto run_candidate = [&] {
    pairs.blocks.push_back(candidate.run(steps));
    const std::vector<double> times = step_times(pairs.blocks.back());
    note(samples, "step_time", pairs.candidate.size() * steps, times);
    pairs.candidate.push_back(median(times));
  };
  for (std::size_t pair = 0; pair < scenario.run.repetitions; ++pair) {
    if (pair % 2 == 0) run_baseline();
    run_candidate();
    if (pair % 2 == 1) run_baseline();
  }
  return pairs;
}

std::vector<Metric> metrics_of(const Scenario& scenario, const Pairs& pairs) {
  const auto devices = static_cast<double>(scenario.run.devices);
  const bool is_weak = scenario.run.scaling == RunSpec::Scaling::weak;
  std::vector<double> speedups;
  std::vector<double> efficiencies;
  std::vector<double> taxes;
  std::vector<double> throughputs;
  for (std::size_t pair = 0; pair < pairs.candidate.size(); ++pair) {
    const double ratio = pairs.baseline[pair] / pairs.candidate[pair];
    speedups.push_back(is_weak ? devices * ratio : ratio);
    efficiencies.push_back(speedups.back() / devices);
    taxes.push_back(1 / ratio - 1);
    throughputs.push_back(static_cast<double>(scenario.global_batch()) / pairs.candidate[pair]);
  }
  std::vector<Metric> metrics;
  metrics.push_back(
      summarised({.name = "speedup",
                  .unit = "1",
                  .better = Better::higher,
                  .definition = is_weak ? "N*T_1(b)/T_N(N*b), paired blocks" : "T_1(B)/T_N(B), paired blocks"},
                 speedups));
  metrics.push_back(summarised({.name = "efficiency", .unit = "1", .better = Better::higher, .definition = "speedup/N"},
                               efficiencies));
  metrics.push_back(
      summarised({.name = "step_time",
                  .unit = "s",
                  .better = Better::lower,
                  .definition = "per step the longest over ranks; median over the blocks of their medians",
                  .has_samples = true},
                 pairs.candidate));
  metrics.push_back(summarised(
      {.name = "throughput", .unit = "samples/s", .better = Better::higher, .definition = "global batch / step time"},
      throughputs));
  metrics.push_back(summarised({.name = "baseline_step_time",
                                .unit = "s",
                                .better = Better::none,
                                .definition = "one device without data-parallel code, in the same run",
                                .has_samples = true},
                               pairs.baseline));
  if (scenario.run.devices == 1 && scenario.run.strategy != RunSpec::Strategy::single)
    metrics.push_back(summarised(
        {.name = "dp_tax", .unit = "1", .better = Better::lower, .definition = "T_strategy(1 device)/T_plain - 1"},
        taxes));
  return metrics;
}

/// The same metrics without values, for devices that share cores.
void clear_values(std::vector<Metric>& metrics) {
  for (Metric& metric : metrics) {
    metric.value = metric.low = metric.high = std::nullopt;
    metric.has_samples = false;
  }
}

/// Relative spread of the blocks, the noisier of the two sides.
double noise_of(const Pairs& pairs) {
  return std::max(spread(pairs.baseline) / median(pairs.baseline), spread(pairs.candidate) / median(pairs.candidate));
}

const Metric& metric_named(const std::vector<Metric>& metrics, std::string_view name) {
  return *std::ranges::find(metrics, name, &Metric::name);
}

/// What each rank that updates holds after the last step: more than one of them, or nothing to compare.
std::vector<std::uint64_t> final_parameters(Trainer& candidate) {
  std::vector<std::optional<std::uint64_t>> hashes(candidate.world().ranks.size());
  candidate.on_every_rank([&](Rank& rank, Strategy& strategy) {
    if (strategy.optimizer() != nullptr)
      hashes[static_cast<std::size_t>(rank.index)] =
          hash_of(strategy.compute(), strategy.model().parameters().values());
  });
  std::vector<std::uint64_t> held;
  for (const auto& hash : hashes)
    if (hash) held.push_back(*hash);
  return held;
}

/// The training that was timed is the right one.
std::vector<CheckResult> check_training(const Scenario& scenario, Trainer& baseline, Trainer& candidate) {
  const std::vector<double> losses = candidate.take_losses();
  std::vector<CheckResult> checks{check_losses(losses)};
  // Under weak scaling the baseline has another batch.
  if (scenario.run.scaling == RunSpec::Scaling::strong)
    checks.push_back(check_same_losses(losses, baseline.take_losses()));
  if (const auto held = final_parameters(candidate); held.size() > 1) {
    const auto wrong = std::ranges::count_if(held, [&](std::uint64_t hash) { return hash != held[0]; });
    checks.push_back(judged("replicas", held.size() - 1, static_cast<double>(wrong), 0,
                            "replicas hold the same bits after the last step"));
  }
  return checks;
}

std::vector<TrafficPerStep> traffic_of_blocks(const Scenario& scenario, const std::vector<Block>& blocks) {
  Traffic traffic;
  for (const Block& block : blocks) traffic += block.traffic;
  return traffic_of(traffic, blocks.size() * scenario.train.steps);
}

}  // namespace

CaseResult run_speedup(const CaseRun& context) {
  const Scenario& scenario = context.one.scenario;
  require(scenario.train.steps > 0, "{}: a speedup case without steps", scenario.name);
  const Dataset dataset = make_dataset(scenario);
  const Training training = make_training(scenario);
  const std::size_t devices = scenario.run.devices;
  const std::size_t cores = cpu::usable_cores().size();
  const bool is_measurable = devices <= cores;
  const std::size_t baseline_batch =
      scenario.run.scaling == RunSpec::Scaling::weak ? scenario.train.batch : scenario.global_batch();
  Trainer baseline{
      make_reference_world(scenario), training, dataset, make_batches(scenario, dataset, baseline_batch), "single", {}};
  Trainer candidate{make_world(scenario, devices),
                    training,
                    dataset,
                    make_batches(scenario, dataset, scenario.global_batch()),
                    std::string{strategy_name(scenario)},
                    make_bucketing(scenario)};
  const SampleSink nowhere = [](const Sample&) {};
  const Pairs pairs = measure(scenario, baseline, candidate, is_measurable ? context.samples : nowhere);

  write_trace(context.one, context.directory, pairs.blocks);

  CaseResult result;
  result.metrics = metrics_of(scenario, pairs);
  result.checks = check_training(scenario, baseline, candidate);
  if (is_measurable) {
    const Metric& efficiency = metric_named(result.metrics, "efficiency");
    result.phases = breakdown(pairs.blocks);
    result.checks.push_back(
        check_plausible({*efficiency.low, *efficiency.high}, pairs.candidate.size(), noise_of(pairs)));
  } else {
    clear_values(result.metrics);
    result.reason = fmt::format("timing not measurable: {} devices share {} cores", devices, cores);
  }
  result.memory = memory_of(candidate.world());
  result.traffic = traffic_of_blocks(scenario, pairs.blocks);
  return result;
}

}  // namespace lockstep
