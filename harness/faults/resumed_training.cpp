#include "harness/faults/resumed_training.hpp"

#include "harness/base/error.hpp"
#include "harness/measure/checks/checks.hpp"
#include "harness/measure/trainer.hpp"

namespace lockstep {
namespace {

constexpr std::uint64_t seed = 7;

BatchPlan batches_of(const RunFacts& run) {
  return [sampler = run.sampler](std::size_t step) mutable { return sampler.batch(step); };
}

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
void train_and_save(const ResumeCase& one, const ResumeSubject& subject, const ResumeFault& fault,
                    CheckpointStore& store) {
  const RunFacts run = facts_of(subject, one.saver);
  Trainer trainer{subject.open_world(one.saver),
                  subject.training,
                  subject.dataset,
                  batches_of(run),
                  one.saver.strategy,
                  subject.options};
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

Reference train_through(const ResumeCase& one, const ResumeSubject& subject) {
  StateCapture capture{{saved_after, one.micro_batch}, static_cast<std::size_t>(one.saver.devices)};
  RecordingPlan plan;
  plan.strategy = one.saver.strategy;
  plan.steps = resume_steps;
  plan.options = subject.options;
  plan.batches = batches_of(facts_of(subject, one.saver));
  plan.before_micro_batch = [&](const MicroBatch& micro, Strategy& strategy) {
    if (micro.step == saved_after && micro.index == one.micro_batch) capture.add(strategy);
  };
  World world = subject.open_world(one.saver);
  Recording recording = record(world, subject.training, subject.dataset, plan);
  return {std::move(recording), capture.take()};
}

std::vector<CheckResult> go_on(const ResumeCase& one, const ResumeSubject& subject, const ResumeFault& fault,
                               const TrainingState& state, Agreement agreement) {
  std::vector<RankState> ranks(static_cast<std::size_t>(one.loader.devices));
  RecordingPlan plan;
  plan.strategy = one.loader.strategy;
  plan.steps = resume_steps - state.position.step;
  plan.options = subject.options;
  plan.start = state.position;
  plan.batches = batches_of(facts_of(subject, one.loader));
  if (fault.in_batches) plan.batches = fault.in_batches(plan.batches);
  plan.at_start = [&](Strategy& strategy) {
    if (!fault.is_restored || fault.is_restored(strategy.rank())) restore(state, strategy);
    ranks[static_cast<std::size_t>(strategy.rank())] = state_on(strategy, state.position);
  };
  World world = subject.open_world(one.loader);
  const Recording run = record(world, subject.training, subject.dataset, plan);
  const Reference reference = train_through(one, subject);
  std::vector<CheckResult> checks{check_state(reference.saved, state.position, ranks, subject.training),
                                  check_resume(run, reference.recording, {saved_after, one.micro_batch}, agreement),
                                  check_coverage(run)};
  if (has_replicas(run)) checks.push_back(check_replicas(run));
  return checks;
}

}  // namespace

ResumeFault counted(ResumeFault fault, Fired fired) {
  const auto count = [fired](auto& function) {
    if (!function) return;
    function = [function, fired](auto&&... arguments) {
      fired->add(true);
      return function(std::forward<decltype(arguments)>(arguments)...);
    };
  };
  count(fault.when_captured);
  count(fault.in_tensors);
  count(fault.in_metadata);
  count(fault.in_newest_file);
  count(fault.when_loaded);
  count(fault.in_batches);
  if (fault.is_restored)
    fault.is_restored = [is_restored = fault.is_restored, fired](int rank) {
      const bool restored = is_restored(rank);
      if (!restored) fired->add(true);
      return restored;
    };
  return fault;
}

RunFacts facts_of(const ResumeSubject& subject, const RunPlace& place) {
  return {.training = subject.training,
          .sampler = Sampler{subject.dataset.size(), subject.batch, SampleOrder::shuffled, LastBatch::keep, seed},
          .seed = seed,
          .steps = resume_steps,
          .micro_batches = subject.options.micro_batches,
          .scenario_hash = "0123456789abcdef",
          .strategy = place.strategy,
          .devices = static_cast<std::size_t>(place.devices),
          .program = "lockstep"};
}

std::vector<CheckResult> resume_with(const ResumeFault& fault, const ResumeCase& one, const ResumeSubject& subject,
                                     Agreement agreement) {
  CheckpointStore store{subject.files, subject.directory, 2};
  train_and_save(one, subject, fault, store);
  if (fault.in_newest_file) fault.in_newest_file(subject.files, subject.directory / checkpoint_name(saved_after));
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

}  // namespace lockstep
