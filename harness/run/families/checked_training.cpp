#include "harness/run/families/checked_training.hpp"

#include <algorithm>

#include "harness/base/error.hpp"
#include "harness/measure/checks/averaging.hpp"
#include "harness/measure/checks/checks.hpp"
#include "harness/run/setup.hpp"

namespace lockstep {
namespace {

/// Averaged by devices it is another training, which one device does when it weighs the pieces likewise.
bool is_by_devices(const Scenario& scenario) { return scenario.run.averaging == RunSpec::Averaging::devices; }

/// Where one device does what several do only when it takes their pieces in turn: also where each piece is normalised
/// by itself.
bool is_in_pieces(const Scenario& scenario) { return is_by_devices(scenario) || scenario.model.couples_samples(); }

Oracle make_oracle(const Scenario& scenario, const Dataset& dataset, const StrategyOptions& options) {
  const std::size_t steps = scenario.train.steps;
  require(steps > 0, "{}: a comparison of no steps", scenario.name);
  return is_in_pieces(scenario) ? run_oracle_in_pieces(scenario, dataset, steps, options)
                                : run_oracle(scenario, dataset, steps);
}

void append(std::vector<CheckResult>& checks, std::vector<CheckResult> more) {
  std::ranges::move(more, std::back_inserter(checks));
}

}  // namespace

CheckedTraining::CheckedTraining(const Scenario& scenario)
    : scenario_{scenario},
      dataset_{make_dataset(scenario)},
      training_{make_training(scenario)},
      options_{make_options(scenario)},
      oracle_{make_oracle(scenario, dataset_, options_)},
      reference_{train_on_one_device()} {}

Recording CheckedTraining::train_on_one_device() const {
  World world = make_reference_world(scenario_);
  RecordingPlan one = plan();
  one.strategy = "single";
  one.options = {};
  if (is_in_pieces(scenario_))
    one.micro_batches = [&](std::size_t step, Strategy&, BatchSource& source) {
      return pieces_in_turn(options_, step, source.rows(step), scenario_.run.devices);
    };
  return record(world, training_, dataset_, one);
}

RecordingPlan CheckedTraining::plan() const {
  RecordingPlan plan;
  plan.strategy = strategy_name(scenario_);
  plan.steps = scenario_.train.steps;
  plan.options = options_;
  plan.batches = [this](std::size_t step) { return oracle_.batches.at(step); };
  return plan;
}

World CheckedTraining::open_world() const { return make_world(scenario_, scenario_.run.devices); }

std::vector<CheckResult> CheckedTraining::judge(const Recording& run) const {
  std::vector<CheckResult> checks;
  if (is_exact(scenario_))
    checks.push_back(check_exact(run, reference_, oracle_.recording));
  else
    append(checks, check_end_to_end(run, reference_, oracle_.recording));
  if (scenario_.run.strategy != RunSpec::Strategy::single) {
    checks.push_back(check_reduction(run));
    if (scenario_.run.split.is(SplitSpec::Rule::chunk) && scenario_.train.micro_batches == 1)
      append(checks, check_documented_differences(run));
  }
  if (is_by_devices(scenario_) && is_bias_visible(run, oracle_.pieces))
    checks.push_back(check_mean_of_means(run, oracle_.pieces));
  checks.push_back(check_coverage(run));
  if (has_replicas(run)) checks.push_back(check_replicas(run));
  append(checks, check_evidence(run));
  return checks;
}

}  // namespace lockstep
