#include "harness/measure/imbalance.hpp"

#include <algorithm>
#include <iterator>

#include "harness/measure/checks/timing.hpp"
#include "harness/measure/waits.hpp"
#include "harness/run/backend.hpp"
#include "harness/run/families/family.hpp"
#include "harness/run/families/imbalance_pieces.hpp"
#include "harness/run/families/timed_training.hpp"
#include "harness/run/observations.hpp"
#include "harness/run/setup.hpp"
#include "harness/run/trace.hpp"

namespace lockstep {
namespace {

/// What a case trains on.
struct Subject {
  const Scenario& scenario;
  Training training;
  Dataset dataset;
  std::string untimed;  // why its times mean nothing; empty when they do

  [[nodiscard]] bool is_measurable() const { return untimed.empty(); }
  [[nodiscard]] Trainer make_trainer(const StrategyOptions& options) const {
    return {make_world(scenario, scenario.run.devices),
            training,
            dataset,
            make_batches(scenario, dataset, scenario.global_batch()),
            std::string{strategy_name(scenario)},
            options};
  }
};

/// The speeds by which the scenario slows its devices, where none can be measured.
std::vector<double> nominal_speeds(const RunSpec& run) {
  std::vector<double> speeds(run.devices, 1);
  if (run.slow_factor > 1) speeds.at(run.slow_device) /= run.slow_factor;
  return speeds;
}

/// The devices' speeds with a split: of each the median over some blocks.
std::vector<double> see_speeds(const Subject& subject, StrategyOptions options,
                               const std::vector<std::size_t>& pieces) {
  const RunSpec& run = subject.scenario.run;
  if (!subject.is_measurable()) return nominal_speeds(run);
  options.split = weighted(pieces);
  Trainer trainer = subject.make_trainer(options);
  trainer.run(run.warmup_steps);
  std::vector<Block> blocks;
  for (std::size_t block = 0; block < run.repetitions; ++block)
    blocks.push_back(trainer.run(subject.scenario.train.steps));
  return speeds(blocks);
}

/// A training and the one it is measured against: one device, or for a split by speed the same devices with torch's
/// chunks.
struct Contest {
  PairedRun run;
  StrategyOptions options;  // of the training
  std::optional<SpeedSplit> by_speed;
};

Contest make_contest(const Subject& subject) {
  const Scenario& scenario = subject.scenario;
  StrategyOptions options = make_options(scenario);
  if (!scenario.run.split.is(SplitSpec::Rule::speed))
    return {PairedRun{scenario, subject.training, subject.dataset, false}, options, std::nullopt};
  SpeedSplit by_speed =
      find_split(scenario.global_batch(), scenario.run.devices,
                 [&](const std::vector<std::size_t>& pieces) { return see_speeds(subject, options, pieces); });
  StrategyOptions chunked = options;
  chunked.split = chunk;
  options.split = weighted(by_speed.best.pieces);
  return {PairedRun{scenario, subject.make_trainer(chunked), subject.make_trainer(options)}, options,
          std::move(by_speed)};
}

/// The rows per device of each step that was timed.
std::vector<std::vector<std::size_t>> splits_of(const Subject& subject, const StrategyOptions& options,
                                                std::size_t blocks) {
  const Scenario& scenario = subject.scenario;
  BatchPlan batches = make_batches(scenario, subject.dataset, scenario.global_batch());
  std::vector<std::vector<std::size_t>> splits;
  const std::size_t first = scenario.run.warmup_steps;
  for (std::size_t step = first; step < first + blocks * scenario.train.steps; ++step) {
    std::vector<std::size_t>& sizes = splits.emplace_back(scenario.run.devices);
    for (const MicroBatch& micro : micro_batches_of(options, step, batches(step).size(), scenario.run.devices))
      for (std::size_t device = 0; device < sizes.size(); ++device) sizes[device] += micro.pieces[device].count;
  }
  return splits;
}

std::vector<Metric> timed_metrics(const Contest& contest, const Measured& measured) {
  std::vector<Metric> metrics;
  metrics.push_back(
      summarised({.name = "step_time",
                  .unit = "s",
                  .better = Better::lower,
                  .definition = "per step the longest over ranks; median over the blocks of their medians",
                  .has_samples = true},
                 measured.times.candidate));
  metrics.push_back(summarised(
      {.name = "baseline_step_time",
       .unit = "s",
       .better = Better::none,
       .definition = contest.by_speed ? "the same devices with torch's chunks, in the same run"
                                      : "one device at full speed without data-parallel code, in the same run",
       .has_samples = true},
      measured.times.baseline));
  metrics.push_back(contest.by_speed ? speed_split_gain(measured.times)
                                     : summarised({.name = "speedup",
                                                   .unit = "1",
                                                   .better = Better::higher,
                                                   .definition = "T_1/T_N, one device at full speed, paired blocks"},
                                                  ratios(measured.times)));
  std::ranges::move(imbalance_metrics(measured.candidate, measured.times.candidate), std::back_inserter(metrics));
  return metrics;
}

std::vector<std::string> timed_findings(const Contest& contest, const Measured& measured) {
  std::vector<std::string> findings{straggler_in_words(measured.candidate), split_in_words(measured.candidate)};
  if (contest.by_speed) findings.push_back(speed_split_in_words(*contest.by_speed, measured.times));
  findings.push_back(measured.stopped);
  return findings;
}

/// Both sides descend along the gradient of the same mean over the same batches.
bool is_same_training(const Scenario& scenario, const Contest& contest) {
  const bool is_same_batch = scenario.run.scaling == RunSpec::Scaling::strong || contest.by_speed.has_value();
  return is_same_batch && contest.options.averaging == Averaging::samples && !scenario.model.couples_samples();
}

void append(auto& list, auto more) { std::ranges::move(more, std::back_inserter(list)); }

/// Adds what was timed to a result that holds what was judged.
void add_times(CaseResult& result, const Subject& subject, const Contest& contest, const Measured& measured) {
  std::vector<Metric> metrics = timed_metrics(contest, measured);
  if (subject.is_measurable()) {
    result.phases = breakdown(measured.candidate);
    result.waits = waits_of(measured.candidate).ranks;
    append(result.checks,
           std::vector{check_breakdown(measured.candidate, result.phases), check_wall_time(measured.candidate)});
    append(result.findings, timed_findings(contest, measured));
  } else {
    clear_values(metrics);
    result.reason = result.reason.empty() ? subject.untimed : fmt::format("{}; {}", subject.untimed, result.reason);
  }
  append(result.metrics, std::move(metrics));
}

}  // namespace

CaseResult run_imbalance(const CaseRun& context) {
  const Scenario& scenario = context.one.scenario;
  require(scenario.train.steps > 0, "{}: an imbalance case without steps", scenario.name);
  const Subject subject{.scenario = scenario,
                        .training = make_training(scenario),
                        .dataset = make_dataset(scenario),
                        .untimed = why_not_timed(scenario)};
  Contest contest = make_contest(subject);
  const SampleSink nowhere = [](const Sample&) {};
  const Measured measured = contest.run.measure(limits_of(scenario.run, subject.is_measurable()),
                                                subject.is_measurable() ? context.samples : nowhere);
  write_trace(context.one, context.directory, measured.candidate);

  CaseResult result = judge_pieces(scenario, subject.training, subject.dataset, contest.options);
  append(result.checks, check_timed_training(contest.run.baseline(), contest.run.candidate(),
                                             is_same_training(scenario, contest), dtype_of(scenario)));
  append(result.metrics, utilisation_metrics(splits_of(subject, contest.options, measured.candidate.size())));
  add_times(result, subject, contest, measured);
  result.memory = memory_of(contest.run.candidate().world());
  result.traffic = traffic_of_blocks(scenario, measured.candidate);
  return result;
}

}  // namespace lockstep
