#include <algorithm>
#include <iterator>

#include "harness/device/cpu/topology.hpp"
#include "harness/measure/bottleneck.hpp"
#include "harness/measure/checks/timing.hpp"
#include "harness/measure/checks/training.hpp"
#include "harness/measure/silent_communicator.hpp"
#include "harness/measure/stopping_rule.hpp"
#include "harness/measure/tensor_hash.hpp"
#include "harness/measure/trainer.hpp"
#include "harness/run/families/family.hpp"
#include "harness/run/observations.hpp"
#include "harness/run/setup.hpp"

namespace lockstep {
namespace {

/// What was measured. Blocks are measured in turn: baseline, silent, candidate; candidate, silent, baseline; …
struct Measured {
  PairedTimes times;           // median step of each block, seconds
  std::vector<double> silent;  // likewise of the candidate without its communication; empty on one device
  std::vector<double> warmup;  // steps of the candidate
  std::vector<Block> baseline;
  std::vector<Block> candidate;
  std::string stopped;  // why no more blocks were measured
};

/// The trainings of one case. Shares the machine in turn.
struct Sides {
  Trainer baseline;
  Trainer candidate;
  std::optional<Trainer> silent;  // the candidate once more, to be measured without its communication
  std::shared_ptr<std::atomic<bool>> is_silent;
};

Sides make_sides(const Scenario& scenario, const Training& training, const Dataset& dataset, bool is_measurable) {
  const std::size_t devices = scenario.run.devices;
  const std::size_t baseline_batch =
      scenario.run.scaling == RunSpec::Scaling::weak ? scenario.train.batch : scenario.global_batch();
  const auto make_candidate = [&](World world) {
    return Trainer{std::move(world),
                   training,
                   dataset,
                   make_batches(scenario, dataset, scenario.global_batch()),
                   std::string{strategy_name(scenario)},
                   make_options(scenario)};
  };
  Sides sides{.baseline = {make_reference_world(scenario), training, dataset,
                           make_batches(scenario, dataset, baseline_batch), "single", make_options(scenario)},
              .candidate = make_candidate(make_world(scenario, devices)),
              .silent = {},
              .is_silent = {}};
  if (devices > 1 && is_measurable) {
    World world = make_world(scenario, devices);
    sides.is_silent = make_silenceable(world);
    sides.silent.emplace(make_candidate(std::move(world)));
  }
  return sides;
}

void note(const SampleSink& samples, std::string_view metric, std::size_t first, const std::vector<double>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    samples({.metric = metric, .unit = "s", .index = first + i, .value = values[i]});
}

std::vector<double> warm_up(const Scenario& scenario, Sides& sides, const SampleSink& samples) {
  std::vector<double> warmup = step_times(sides.candidate.run(scenario.run.warmup_steps));
  note(samples, "warmup_step_time", 0, warmup);
  note(samples, "warmup_baseline_step_time", 0, step_times(sides.baseline.run(scenario.run.warmup_steps)));
  if (sides.silent) {
    // At least one step with communication, so that every buffer holds numbers of a real training afterwards.
    sides.silent->run(std::max<std::size_t>(scenario.run.warmup_steps, 1));
    *sides.is_silent = true;
  }
  return warmup;
}

Measured measure(const Scenario& scenario, Sides& sides, StoppingRule rule, const SampleSink& samples) {
  const std::size_t steps = scenario.train.steps;
  Measured measured;
  measured.warmup = warm_up(scenario, sides, samples);
  PairedTimes& times = measured.times;
  const auto run = [&](Trainer& trainer, std::string_view metric, std::vector<double>& medians) {
    Block block = trainer.run(steps);
    const std::vector<double> seconds = step_times(block);
    note(samples, metric, medians.size() * steps, seconds);
    medians.push_back(median(seconds));
    return block;
  };
  const auto run_baseline = [&] {
    measured.baseline.push_back(run(sides.baseline, "baseline_step_time", times.baseline));
  };
  while (!rule.reason()) {
    const bool is_baseline_first = PairedTimes::is_baseline_first(times.pairs());
    if (is_baseline_first) run_baseline();
    if (is_baseline_first && sides.silent) run(*sides.silent, "silent_step_time", measured.silent);
    measured.candidate.push_back(run(sides.candidate, "step_time", times.candidate));
    if (!is_baseline_first && sides.silent) run(*sides.silent, "silent_step_time", measured.silent);
    if (!is_baseline_first) run_baseline();
    rule.add(times.baseline.back() / times.candidate.back());
  }
  measured.stopped = rule.explanation("pairs of blocks");
  return measured;
}

Scaling scaling_of(const Scenario& scenario) {
  return {.kind = scenario.run.scaling == RunSpec::Scaling::weak ? Scaling::Kind::weak : Scaling::Kind::strong,
          .devices = scenario.run.devices,
          .global_batch = scenario.global_batch()};
}

/// The seconds and the share of a step in which only device 0 works.
std::vector<Metric> metrics_of_device0(const std::vector<Block>& blocks) {
  std::vector<double> seconds;
  std::vector<double> shares;
  for (const Block& block : blocks) {
    const WallTime time = wall_time({block});
    seconds.push_back(time.device0_alone);
    shares.push_back(time.device0_alone / time.step());
  }
  return {summarised({.name = "device0_alone",
                      .unit = "s",
                      .better = Better::lower,
                      .definition = "per step, time in which only device 0 works and the others wait or are idle"},
                     seconds),
          summarised({.name = "device0_alone_share",
                      .unit = "1",
                      .better = Better::lower,
                      .definition = "device0_alone / mean step"},
                     shares)};
}

std::vector<Metric> metrics_of(const Scenario& scenario, const Measured& measured) {
  std::vector<Metric> metrics = scaling_metrics(scaling_of(scenario), measured.times);
  if (scenario.run.devices > 1) metrics.push_back(communication_overhead(measured.times.candidate, measured.silent));
  if (scenario.run.strategy == RunSpec::Strategy::dp && scenario.run.devices > 1)
    std::ranges::move(metrics_of_device0(measured.candidate), std::back_inserter(metrics));
  if (!measured.warmup.empty())
    metrics.push_back(summarised({.name = "warmup_step_time",
                                  .unit = "s",
                                  .better = Better::none,
                                  .definition = "T_N in the steps before the measurement, which are not part of it",
                                  .has_samples = true},
                                 measured.warmup));
  return metrics;
}

/// The metrics' names without values, for devices that share cores.
void clear_values(std::vector<Metric>& metrics) {
  for (Metric& metric : metrics) {
    metric.value = metric.low = metric.high = std::nullopt;
    metric.has_samples = false;
  }
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

/// The measured times are possible ones.
std::vector<CheckResult> check_times(const Scenario& scenario, const Measured& measured, const CaseResult& result) {
  const Metric& efficiency = metric_named(result.metrics, "efficiency");
  return {check_breakdown(measured.candidate, result.phases),
          check_efficiency({*efficiency.low, *efficiency.high}, measured.times.pairs(), noise_floor(measured.times)),
          check_wall_time(measured.candidate),
          check_batch(scaling_of(scenario), measured.candidate, measured.baseline)};
}

std::vector<std::string> findings_of(const Scenario& scenario, const Measured& measured) {
  const Scaling scaling = scaling_of(scenario);
  std::vector<std::string> findings{speedup_in_words(scaling, measured.times)};
  if (scaling.devices > 1)
    findings.push_back(find_bottleneck(wall_time(measured.candidate), wall_time(measured.baseline), scaling,
                                       noise_floor(measured.times).value_or(0))
                           .sentence);
  findings.push_back(measured.stopped);
  return findings;
}

/// When to stop. Where time cannot be measured, one pair is enough for what is computed.
StoppingRule make_stopping_rule(const RunSpec& run, bool is_measurable) {
  return StoppingRule{{.relative_error = run.relative_error,
                       .min_samples = is_measurable ? run.repetitions : 1,
                       .max_samples = is_measurable ? run.max_repetitions : 1,
                       .max_time = run.max_time}};
}

}  // namespace

CaseResult run_speedup(const CaseRun& context) {
  const Scenario& scenario = context.one.scenario;
  require(scenario.train.steps > 0, "{}: a speedup case without steps", scenario.name);
  const Dataset dataset = make_dataset(scenario);
  const Training training = make_training(scenario);
  const std::size_t cores = cpu::usable_cores().size();
  const bool is_measurable = scenario.run.devices <= cores;
  const SampleSink nowhere = [](const Sample&) {};
  Sides sides = make_sides(scenario, training, dataset, is_measurable);
  const Measured measured = measure(scenario, sides, make_stopping_rule(scenario.run, is_measurable),
                                    is_measurable ? context.samples : nowhere);

  CaseResult result;
  result.metrics = metrics_of(scenario, measured);
  result.checks = check_training(scenario, sides.baseline, sides.candidate);
  if (is_measurable) {
    result.phases = breakdown(measured.candidate);
    std::ranges::move(check_times(scenario, measured, result), std::back_inserter(result.checks));
    result.findings = findings_of(scenario, measured);
  } else {
    clear_values(result.metrics);
    result.reason = fmt::format("timing not measurable: {} devices share {} cores", scenario.run.devices, cores);
  }
  result.memory = memory_of(sides.candidate.world());
  result.traffic = traffic_of_blocks(scenario, measured.candidate);
  return result;
}

}  // namespace lockstep
