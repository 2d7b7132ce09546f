#include "tests/doubles/rank_of_thread.hpp"
#include "tests/measure/planted_faults.hpp"

namespace lockstep {
namespace {

/// The honest plan on every thread that is no rank's; counts the batches that were changed.
BatchPlan faulty_batches(const PlantedFault& fault, BatchPlan honest, std::shared_ptr<RankOfThread> ranks,
                         Fired fired) {
  return [change = fault.in_batches, honest = std::move(honest), ranks = std::move(ranks),
          fired = std::move(fired)](std::size_t step) mutable {
    std::vector<SampleId> ids = honest(step);
    const auto rank = ranks->get();
    if (!rank) return ids;
    std::vector<SampleId> changed = change(*rank, ids);
    if (changed != ids) ++*fired;
    return changed;
  };
}

Recording record_with(const PlantedFault& fault, RecordingPlan plan, int ranks, const Subject& subject,
                      const Fired& fired) {
  const auto rank_of_thread = std::make_shared<RankOfThread>();
  plan.decorate = [&](std::unique_ptr<Communicator> group) {
    rank_of_thread->note(group->rank());
    return fault.in_communication ? planted(std::move(group), *fault.in_communication, fired) : std::move(group);
  };
  if (fault.in_batches) plan.batches = faulty_batches(fault, plan.batches, rank_of_thread, fired);
  if (fault.in_state)
    plan.after_step = [&](std::size_t step, Strategy& strategy) {
      ++*fired;
      fault.in_state(step, strategy);
    };
  if (fault.in_update)
    plan.before_update = [&](Strategy& strategy) {
      ++*fired;
      fault.in_update(strategy);
    };
  Recording run = record_on(ranks, subject, plan);
  if (fault.in_recording) {
    ++*fired;
    fault.in_recording(run);
  }
  return run;
}

}  // namespace

Outcome try_fault(const PlantedFault& fault, const std::string& strategy, int ranks, Data data) {
  const std::size_t usual_rows = data == Data::exact_bf16 ? 8 : is_exact(data) ? 16 : 13;
  Subject subject = make_subject(data, fault.rows > 0 ? fault.rows : usual_rows, 5, fault.clip_norm);
  const auto fired = std::make_shared<std::atomic<int>>(0);
  if (fault.in_training) {
    ++*fired;
    fault.in_training(subject.training.training);
  }
  const Recording run = record_with(fault, plan_for(subject, strategy), ranks, subject, fired);
  return {failures(run_checks(run, subject)), *fired};
}

}  // namespace lockstep
