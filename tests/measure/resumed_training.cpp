#include "tests/measure/resumed_training.hpp"

#include "harness/base/error.hpp"
#include "harness/device/cpu/cpu_world.hpp"
#include "harness/measure/checks/checks.hpp"
#include "harness/measure/trainer.hpp"
#include "tests/doubles/memory_files.hpp"

namespace lockstep {
namespace {

constexpr std::uint64_t seed = 7;
const std::filesystem::path directory = "/checkpoints";

StrategyOptions options() {
  StrategyOptions with = small_buckets;
  with.micro_batches = 4;
  return with;
}

BatchPlan batches_of(const RunFacts& run) {
  return [sampler = run.sampler](std::size_t step) mutable { return sampler.batch(step); };
}

World world_of(const Place& place) { return cpu::open_world({.ranks = place.devices}); }

void save(Trainer& trainer, const RunFacts& run, const ResumeFault& fault, ParameterPrefix prefix,
          CheckpointStore& store) {
  TrainingState state = trainer.state();
  if (fault.when_captured) fault.when_captured(state);
  std::vector<TensorBytes> tensors = tensors_of(state, run.training, prefix);
  Metadata metadata = metadata_of(run, state, prefix);
  if (fault.in_tensors) fault.in_tensors(tensors);
  if (fault.in_metadata) fault.in_metadata(metadata);
  store.save(state.position.step, std::move(tensors), std::move(metadata));
}

/// Saves twice, so that there is an older checkpoint to go wrong with.
void train_and_save(const ResumeCase& one, const TrainingWithData& subject, const ResumeFault& fault,
                    CheckpointStore& store) {
  const RunFacts run = facts_of(subject, one.saver);
  Trainer trainer{world_of(one.saver), subject.training,   subject.dataset,
                  batches_of(run),     one.saver.strategy, options()};
  trainer.run(saved_after - 1);
  save(trainer, run, {}, one.prefix, store);
  trainer.run(1);
  if (one.micro_batch > 0) trainer.accumulate(one.micro_batch);
  save(trainer, run, fault, one.prefix, store);
}

struct Reference {
  Recording recording;
  TrainingState saved;
};

Reference train_through(const ResumeCase& one, const TrainingWithData& subject) {
  StateCapture capture{{saved_after, one.micro_batch}, static_cast<std::size_t>(one.saver.devices)};
  RecordingPlan plan;
  plan.strategy = one.saver.strategy;
  plan.steps = resume_steps;
  plan.options = options();
  plan.batches = batches_of(facts_of(subject, one.saver));
  plan.before_micro_batch = [&](const MicroBatch& micro, Strategy& strategy) {
    if (micro.step == saved_after && micro.index == one.micro_batch) capture.add(strategy);
  };
  World world = world_of(one.saver);
  Recording recording = record(world, subject.training, subject.dataset, plan);
  return {std::move(recording), capture.take()};
}

std::vector<CheckResult> go_on(const ResumeCase& one, const TrainingWithData& subject, const ResumeFault& fault,
                               const TrainingState& state, Agreement agreement) {
  std::vector<RankState> ranks(static_cast<std::size_t>(one.loader.devices));
  RecordingPlan plan;
  plan.strategy = one.loader.strategy;
  plan.steps = resume_steps - state.position.step;
  plan.options = options();
  plan.start = state.position;
  plan.batches = batches_of(facts_of(subject, one.loader));
  if (fault.in_batches) plan.batches = fault.in_batches(plan.batches);
  plan.at_start = [&](Strategy& strategy) {
    if (!fault.is_restored || fault.is_restored(strategy.rank())) restore(state, strategy);
    ranks[static_cast<std::size_t>(strategy.rank())] = state_on(strategy, state.position);
  };
  World world = world_of(one.loader);
  const Recording run = record(world, subject.training, subject.dataset, plan);
  const Reference reference = train_through(one, subject);
  std::vector<CheckResult> checks{check_state(reference.saved, state.position, ranks, subject.training),
                                  check_resume(run, reference.recording, {saved_after, one.micro_batch}, agreement),
                                  check_coverage(run)};
  if (has_replicas(run)) checks.push_back(check_replicas(run));
  return checks;
}

}  // namespace

RunFacts facts_of(const TrainingWithData& subject, const Place& place) {
  return {.training = subject.training,
          .sampler = Sampler{subject.dataset.size(), 16, SampleOrder::shuffled, LastBatch::keep, seed},
          .seed = seed,
          .steps = resume_steps,
          .micro_batches = 4,
          .scenario_hash = "0123456789abcdef",
          .strategy = place.strategy,
          .devices = static_cast<std::size_t>(place.devices),
          .program = "lockstep test"};
}

std::vector<CheckResult> resume_with(const ResumeFault& fault, const ResumeCase& one, const TrainingWithData& subject,
                                     Agreement agreement) {
  testing::MemoryFiles files;
  CheckpointStore store{files, directory, 2};
  train_and_save(one, subject, fault, store);
  if (fault.in_newest_file) fault.in_newest_file(files, directory / checkpoint_name(saved_after));
  try {
    const NewestCheckpoint newest = store.load_newest();
    const RunFacts run = facts_of(subject, one.loader);
    LoadedState loaded = state_from(newest.checkpoint->content, run, newest.checkpoint->path.string());
    if (fault.when_loaded) fault.when_loaded(loaded.state);
    std::vector<CheckResult> checks = go_on(one, subject, fault, loaded.state, agreement);
    checks.push_back(check_load(loaded, newest, {saved_after, one.micro_batch}, one.prefix));
    return checks;
  } catch (const InputError& error) {
    return {failed("load", 0, error.what())};
  }
}

TrainingWithData adam_training() {
  TrainingWithData subject = real_training();
  subject.training.architecture = make_mlp({20, 16, 16, 10}, Activation::tanh, true);
  subject.training.initial_values = kaiming_uniform(subject.training.architecture.parameter_specs(), 6);
  subject.training.optimizer = kernels::AdamSettings{.learning_rate = 0.01};
  return subject;
}

}  // namespace lockstep
