#include <algorithm>

#include "harness/measure/checks/averaging.hpp"
#include "harness/measure/checks/checks.hpp"
#include "harness/run/dump.hpp"
#include "harness/run/families/family.hpp"
#include "harness/run/families/oracle.hpp"
#include "harness/run/observations.hpp"
#include "harness/run/setup.hpp"

namespace lockstep {
namespace {

void append(std::vector<CheckResult>& checks, std::vector<CheckResult> more) {
  std::ranges::move(more, std::back_inserter(checks));
}

}  // namespace

CaseResult run_equivalence(const CaseRun& context) {
  const Scenario& scenario = context.one.scenario;
  const Dataset dataset = make_dataset(scenario);
  const std::size_t steps = scenario.train.steps;
  require(steps > 0, "{}: an equivalence case without steps", scenario.name);
  const Training training = make_training(scenario);
  const StrategyOptions options = make_options(scenario);
  // Averaged by devices it is another training, which one device does when it weighs the pieces likewise.
  const bool is_by_devices = options.averaging == Averaging::devices;
  // And where each piece is normalised by itself.
  const bool is_in_pieces = is_by_devices || scenario.model.couples_samples();
  const Oracle oracle =
      is_in_pieces ? run_oracle_in_pieces(scenario, dataset, steps, options) : run_oracle(scenario, dataset, steps);
  const BatchPlan batches = [&](std::size_t step) { return oracle.batches[step]; };
  const auto record_on = [&](World& world, const Dumper& dumper) {
    RecordingPlan plan;
    plan.strategy = strategy_name(scenario);
    plan.steps = steps;
    plan.options = options;
    plan.batches = batches;
    plan.after_step = dumper;
    return record(world, training, dataset, plan);
  };
  // One world after the other: on GPUs each takes what memory is free.
  const Recording reference = [&] {
    World baseline = make_reference_world(scenario);
    RecordingPlan plan;
    plan.steps = steps;
    plan.batches = batches;
    if (is_in_pieces)
      plan.micro_batches = [&](std::size_t step, Strategy&, BatchSource& source) {
        return pieces_in_turn(options, step, source.rows(step), scenario.run.devices);
      };
    return record(baseline, training, dataset, plan);
  }();
  CaseResult result;
  const Recording run = [&] {
    World world = make_world(scenario, scenario.run.devices);
    Recording recording = record_on(world, make_dumper(context.one, context.directory));
    result.memory = memory_of(world);
    return recording;
  }();
  const Recording repeated = [&] {
    World again = make_world(scenario, scenario.run.devices);
    return record_on(again, {});
  }();

  if (is_exact(scenario))
    result.checks.push_back(check_exact(run, reference, oracle.recording));
  else
    append(result.checks, check_end_to_end(run, reference, oracle.recording));
  if (scenario.run.strategy != RunSpec::Strategy::single) {
    result.checks.push_back(check_reduction(run));
    if (scenario.run.split.is(SplitSpec::Rule::chunk) && scenario.train.micro_batches == 1)
      append(result.checks, check_documented_differences(run));
  }
  if (is_by_devices && is_bias_visible(run, oracle.pieces))
    result.checks.push_back(check_mean_of_means(run, oracle.pieces));
  result.checks.push_back(check_coverage(run));
  if (has_replicas(run)) result.checks.push_back(check_replicas(run));
  result.checks.push_back(check_repeatable(run, repeated));
  append(result.checks, check_evidence(run));

  for (std::size_t step = 0; step < steps; ++step) {
    double loss = 0;
    for (const RankRecord& rank : run.steps[step].ranks) loss += rank.loss;
    context.samples({.metric = "loss", .unit = "1", .index = step, .value = loss});
    if (run.clip_norm > 0)  // rank 0 updates under every strategy
      context.samples(
          {.metric = "gradient_norm", .unit = "1", .index = step, .value = run.steps[step].ranks[0].gradient_norm});
  }
  result.pieces = pieces_of(run);
  result.traffic = traffic_of(run);
  if (oracle.replaced > 0)
    result.reason = fmt::format("{} samples next to a kink of the network were replaced", oracle.replaced);
  return result;
}

}  // namespace lockstep
