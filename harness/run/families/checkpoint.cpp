#include <algorithm>
#include <system_error>

#include "harness/base/clock.hpp"
#include "harness/base/file_ops.hpp"
#include "harness/measure/checks/checks.hpp"
#include "harness/measure/checks/resume.hpp"
#include "harness/measure/trainer.hpp"
#include "harness/run/backend.hpp"
#include "harness/run/case_folder.hpp"
#include "harness/run/environment.hpp"
#include "harness/run/families/checkpoint_cost.hpp"
#include "harness/run/families/family.hpp"
#include "harness/run/in_child.hpp"
#include "harness/run/setup.hpp"

namespace lockstep {
namespace {

/// What the process that saves and the one that goes on both make of the scenario.
struct Experiment {
  explicit Experiment(const Scenario& its) : scenario{its}, dataset{make_dataset(its)}, training{make_training(its)} {}
  Experiment(const Experiment&) = delete;

  const Scenario& scenario;
  const Dataset dataset;
  const Training training;
};

Position saved_at(const Scenario& scenario) {
  return {scenario.checkpoint.save_after, scenario.checkpoint.after_micro_batch};
}

ParameterPrefix prefix_of(const Scenario& scenario) {
  return scenario.checkpoint.prefix == CheckpointSpec::Prefix::module ? ParameterPrefix::module : ParameterPrefix::none;
}

/// The scenario as it is run after the checkpoint.
Scenario resumed(const Scenario& scenario) {
  Scenario after = scenario;
  after.run = scenario.resumed_run();
  return after;
}

/// Of what determines the numbers: who computes them and how many of them are left are not part of it.
std::string hash_of_training(const Scenario& scenario) {
  const Scenario defaults;
  Scenario training = scenario;
  training.run = defaults.run;
  training.checkpoint = defaults.checkpoint;
  training.train.steps = defaults.train.steps;
  return training.hash();
}

RunFacts facts_of(const Scenario& scenario, const Experiment& experiment) {
  const Json tool = describe_tool();
  return {.training = experiment.training,
          .sampler = make_sampler(scenario, experiment.dataset, scenario.global_batch()),
          .seed = scenario.train.seed,
          .steps = scenario.train.steps,
          .micro_batches = scenario.train.micro_batches,
          .scenario_hash = hash_of_training(scenario),
          .strategy = std::string{strategy_name(scenario)},
          .devices = scenario.run.devices,
          .program = fmt::format("{} {}", tool["name"].get<std::string>(), tool["version"].get<std::string>())};
}

Trainer trainer_for(const Scenario& scenario, const Experiment& experiment) {
  return {make_world(scenario, scenario.run.devices),
          experiment.training,
          experiment.dataset,
          make_batches(scenario, experiment.dataset, scenario.global_batch()),
          std::string{strategy_name(scenario)},
          make_options(scenario)};
}

/// Throws InputError when the step has too few micro-batches, as that of a short last batch may.
void require_unfinished(const Experiment& experiment) {
  const Scenario& scenario = experiment.scenario;
  const Position at = saved_at(scenario);
  const std::size_t rows = make_sampler(scenario, experiment.dataset, scenario.global_batch()).batch(at.step).size();
  const std::size_t parts = used_devices(chunk(rows, scenario.train.micro_batches));
  if (at.micro_batch > 0 && at.micro_batch >= parts)
    throw InputError{
        fmt::format("{}: checkpoint.after_micro_batch: step {} has {} micro-batches; expected less, got {}",
                    scenario.name, at.step, parts, at.micro_batch)};
}

/// The first half of the experiment, and all that its process does.
void train_and_save(const Scenario& scenario, const std::filesystem::path& folder) {
  const Experiment experiment{scenario};
  require_unfinished(experiment);
  const Position at = saved_at(scenario);
  Trainer trainer = trainer_for(scenario, experiment);
  trainer.run(at.step);
  if (at.micro_batch > 0) trainer.accumulate(at.micro_batch);
  const TrainingState state = trainer.state();
  SystemFiles files;
  CheckpointStore{files, folder, 1}.save(at.step, tensors_of(state, experiment.training, prefix_of(scenario)),
                                         metadata_of(facts_of(scenario, experiment), state, prefix_of(scenario)));
}

RecordingPlan plan_for(const Scenario& scenario, const Experiment& experiment) {
  RecordingPlan plan;
  plan.strategy = strategy_name(scenario);
  plan.options = make_options(scenario);
  plan.batches = make_batches(scenario, experiment.dataset, scenario.global_batch());
  return plan;
}

/// The training that is never interrupted, and what it holds where the other one was saved.
struct Uninterrupted {
  Recording recording;
  TrainingState saved;
};

Uninterrupted train_through(const Experiment& experiment) {
  const Scenario& scenario = experiment.scenario;
  const Position at = saved_at(scenario);
  StateCapture capture{at, scenario.run.devices};
  RecordingPlan plan = plan_for(scenario, experiment);
  plan.steps = scenario.train.steps;
  plan.before_micro_batch = [&](const MicroBatch& micro, Strategy& strategy) {
    if (micro.step == at.step && micro.index == at.micro_batch) capture.add(strategy);
  };
  World world = make_world(scenario, scenario.run.devices);
  Recording recording = record(world, experiment.training, experiment.dataset, plan);
  return {std::move(recording), capture.take()};
}

/// The training that goes on, and what its ranks held first.
struct Resumed {
  Recording recording;
  std::vector<RankState> ranks;
};

Resumed go_on(const Scenario& scenario, const Experiment& experiment, const TrainingState& state) {
  Resumed resumed;
  resumed.ranks.resize(scenario.run.devices);
  RecordingPlan plan = plan_for(scenario, experiment);
  plan.start = state.position;
  plan.steps = scenario.train.steps - state.position.step;
  plan.at_start = [&](Strategy& strategy) {
    restore(state, strategy);
    resumed.ranks[static_cast<std::size_t>(strategy.rank())] = state_on(strategy, state.position);
  };
  World world = make_world(scenario, scenario.run.devices);
  resumed.recording = record(world, experiment.training, experiment.dataset, plan);
  return resumed;
}

/// Nothing when there is no checkpoint of this run; then the check says why.
std::optional<LoadedState> load(const Scenario& after, const Experiment& experiment,
                                const std::filesystem::path& folder, std::vector<CheckResult>& checks) {
  SystemFiles files;
  try {
    const NewestCheckpoint newest = CheckpointStore{files, folder, 1}.load_newest();
    if (!newest.checkpoint) throw InputError{fmt::format("{}: holds no checkpoint", folder.string())};
    LoadedState loaded =
        state_from(newest.checkpoint->content, facts_of(after, experiment), newest.checkpoint->path.string());
    checks.push_back(check_load(loaded, newest, saved_at(experiment.scenario), prefix_of(experiment.scenario)));
    return loaded;
  } catch (const InputError& error) {
    checks.push_back(failed("load", 0, error.what()));
    return std::nullopt;
  }
}

void judge(const Experiment& experiment, const Uninterrupted& uninterrupted, const Resumed& resumed,
           const Position& start, std::vector<CheckResult>& checks) {
  const Scenario& scenario = experiment.scenario;
  const bool is_same_arithmetic = scenario.resumed_run() == scenario.run || is_exact(scenario);
  checks.push_back(check_state(uninterrupted.saved, start, resumed.ranks, experiment.training));
  checks.push_back(check_resume(resumed.recording, uninterrupted.recording, saved_at(scenario),
                                is_same_arithmetic ? Agreement::bits : Agreement::rounding));
  checks.push_back(check_coverage(resumed.recording));
  if (has_replicas(resumed.recording)) checks.push_back(check_replicas(resumed.recording));
  std::ranges::move(check_evidence(resumed.recording), std::back_inserter(checks));
}

void measure(const Scenario& after, const Experiment& experiment, const TrainingState& state,
             const std::filesystem::path& folder, const SampleSink& samples, CaseResult& result) {
  Trainer trainer = trainer_for(after, experiment);
  trainer.restore(state);
  const CheckpointTimes times =
      time_checkpoints(trainer, facts_of(after, experiment), folder, after.checkpoint.measured_saves);
  result.metrics = cost_metrics(times);
  result.findings.push_back(cost_finding(times));
  send_samples(times, samples);
}

}  // namespace

CaseResult run_checkpoint(const CaseRun& context) {
  const Scenario& scenario = context.one.scenario;
  const std::filesystem::path folder = make_case_folder(context.directory, "checkpoints", context.one);
  // In a process of its own, so that what goes on has nothing but the file.
  in_child("the training that saves", scenario.run.deadline, [&] {
    train_and_save(scenario, folder);
    return Json{};
  });

  const Scenario after = resumed(scenario);
  const Experiment experiment{scenario};
  CaseResult result;
  if (const auto loaded = load(after, experiment, folder, result.checks)) {
    const Uninterrupted uninterrupted = train_through(experiment);
    judge(experiment, uninterrupted, go_on(after, experiment, loaded->state), loaded->state.position, result.checks);
    if (scenario.checkpoint.measured_saves > 0 && tier_of(scenario) != "emulated")
      measure(after, experiment, loaded->state, folder, context.samples, result);
  }
  // The checkpoint of a case that failed is kept, to be looked at.
  const bool passed =
      std::ranges::all_of(result.checks, [](const CheckResult& c) { return c.verdict == Verdict::pass; });
  std::error_code ignored;
  if (passed) std::filesystem::remove_all(folder, ignored);
  return result;
}

}  // namespace lockstep
