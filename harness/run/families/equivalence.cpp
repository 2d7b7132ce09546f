#include "harness/measure/checks/checks.hpp"
#include "harness/run/dump.hpp"
#include "harness/run/families/checked_training.hpp"
#include "harness/run/families/family.hpp"
#include "harness/run/observations.hpp"

namespace lockstep {

CaseResult run_equivalence(const CaseRun& context) {
  const CheckedTraining comparison{context.one.scenario};
  const auto record_on = [&](World& world, const Dumper& dumper) {
    RecordingPlan plan = comparison.plan();
    plan.after_step = dumper;
    return record(world, comparison.training(), comparison.dataset(), plan);
  };
  CaseResult result;
  // One world after the other: on GPUs each takes what memory is free.
  const Recording run = [&] {
    World world = comparison.open_world();
    Recording recording = record_on(world, make_dumper(context.one, context.directory));
    result.memory = memory_of(world);
    return recording;
  }();
  const Recording repeated = [&] {
    World again = comparison.open_world();
    return record_on(again, {});
  }();

  result.checks = comparison.judge(run);
  result.checks.push_back(check_repeatable(run, repeated));
  for (std::size_t step = 0; step < run.steps.size(); ++step) {
    double loss = 0;
    for (const RankRecord& rank : run.steps[step].ranks) loss += rank.loss;
    context.samples({.metric = "loss", .unit = "1", .index = step, .value = loss});
    if (run.clip_norm > 0)  // rank 0 updates under every strategy
      context.samples(
          {.metric = "gradient_norm", .unit = "1", .index = step, .value = run.steps[step].ranks[0].gradient_norm});
  }
  result.pieces = pieces_of(run);
  result.traffic = traffic_of(run);
  if (const std::size_t replaced = comparison.oracle().replaced; replaced > 0)
    result.reason = fmt::format("{} samples next to a kink of the network were replaced", replaced);
  return result;
}

}  // namespace lockstep
