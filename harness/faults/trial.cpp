#include "harness/faults/trial.hpp"

#include <algorithm>

#include "harness/base/error.hpp"
#include "harness/faults/rank_of_thread.hpp"

namespace lockstep {
namespace {

/// The honest plan on every thread that is no rank's; counts the batches that were changed.
BatchPlan faulty_batches(const Fault& fault, BatchPlan honest, std::shared_ptr<RankOfThread> ranks, Fired fired) {
  return [change = fault.in_batches, honest = std::move(honest), ranks = std::move(ranks),
          fired = std::move(fired)](std::size_t step) {
    const auto rank = ranks->get();
    if (!rank) return honest(step);
    std::vector<SampleId> changed = change(*rank, step, honest);
    if (changed != honest(step)) fired->add(true);
    return changed;
  };
}

/// The strategy's own micro-batches, or those of the subject's plan, changed.
auto faulty_micro_batches(const Fault& fault, const RecordingPlan& honest, Fired fired) {
  return [change = fault.in_micro_batches, of_plan = honest.micro_batches, fired = std::move(fired)](
             std::size_t step, Strategy& strategy, BatchSource& source) {
    std::vector<MicroBatch> micro_batches =
        of_plan ? of_plan(step, strategy, source) : strategy.micro_batches(step, source.rows(step));
    change(strategy.rank(), micro_batches);
    fired->add(true);
    return micro_batches;
  };
}

void plant_in_layers(Architecture& architecture, const LayerFault& fault, const std::shared_ptr<RankOfThread>& ranks,
                     const Fired& fired) {
  for (Architecture::Node& node : architecture.nodes) {
    if (!fault.in_every_layer && node.layer->parameter_specs().empty()) continue;
    node.layer = with_fault(std::move(node.layer), fault, ranks, fired);
    if (!fault.in_every_layer) return;
  }
}

Training faulty_training(const Fault& fault, const FaultSubject& subject, const std::shared_ptr<RankOfThread>& ranks,
                         const Fired& fired) {
  Training training = subject.training();
  if (fault.in_training) {
    fired->add(true);
    fault.in_training(training);
  }
  if (fault.in_layer) plant_in_layers(training.architecture, *fault.in_layer, ranks, fired);
  return training;
}

Recording record_with(const Fault& fault, const FaultSubject& subject, const Fired& fired) {
  RecordingPlan plan = subject.plan;
  const auto rank_of_thread = std::make_shared<RankOfThread>();
  plan.decorate = [&](std::unique_ptr<Communicator> group) {
    rank_of_thread->note(group->rank());
    return fault.in_communication ? planted(std::move(group), *fault.in_communication, fired) : std::move(group);
  };
  if (fault.in_batches) plan.batches = faulty_batches(fault, plan.batches, rank_of_thread, fired);
  if (fault.in_micro_batches) plan.micro_batches = faulty_micro_batches(fault, subject.plan, fired);
  if (fault.in_options) {
    fired->add(true);
    fault.in_options(plan.options);
  }
  if (fault.in_state)
    plan.after_step = [&](std::size_t step, Strategy& strategy) {
      fired->add(true);
      fault.in_state(step, strategy);
    };
  if (fault.in_update)
    plan.before_update = [&](Strategy& strategy) {
      fired->add(true);
      fault.in_update(strategy);
    };
  const Training training = faulty_training(fault, subject, rank_of_thread, fired);
  World world = subject.open_world();
  Recording run = record(world, training, subject.dataset, plan);
  if (fault.in_recording) {
    fired->add(true);
    fault.in_recording(run);
  }
  return run;
}

}  // namespace

TrialOutcome try_fault(const Fault& fault, const FaultSubject& subject) {
  const auto fired = std::make_shared<FiredCount>();
  try {
    const Recording run = record_with(fault, subject, fired);
    return {.failed = failures(subject.judge(run)), .fired = fired->acted, .changed = fired->changed};
  } catch (const Error& error) {
    return {.failed = {an_error}, .fired = fired->acted, .changed = fired->changed, .error = error.what()};
  }
}

std::vector<CheckResult> judge_honest_run(const FaultSubject& subject) {
  World world = subject.open_world();
  return subject.judge(record(world, subject.training(), subject.dataset, subject.plan));
}

CheckNames expected_on(const Fault& fault, bool is_exact, bool is_bf16) {
  CheckNames expected = is_exact ? fault.caught_on_exact : fault.caught_on_real;
  if (is_bf16)
    for (const std::string& hidden : fault.hidden_by_bf16) expected.erase(hidden);
  return expected;
}

CheckNames failures(const std::vector<CheckResult>& results) {
  CheckNames names;
  for (const CheckResult& result : results)
    if (result.verdict != Verdict::pass) names.insert(result.name);
  return names;
}

}  // namespace lockstep
