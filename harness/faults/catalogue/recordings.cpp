#include <algorithm>
#include <cmath>

#include "harness/faults/catalogue/parts.hpp"

namespace lockstep::faults {
namespace {

void on_every_rank_of(StepRecord& step, const std::function<void(RankRecord&)>& change) {
  for (RankRecord& rank : step.ranks) change(rank);
}

}  // namespace

std::vector<Fault> of_recordings(const FaultSetting& setting) {
  const auto last = static_cast<std::size_t>(setting.ranks - 1);
  const auto fault = [](std::string id, std::string source, std::string acts, std::vector<std::string> strategies,
                        const CheckNames& caught, std::function<void(Recording&)> change) {
    CheckNames on_real = caught;
    on_real.erase(exact);
    return Fault{.id = std::move(id),
                 .source = std::move(source),
                 .acts = std::move(acts),
                 .strategies = std::move(strategies),
                 .caught_on_exact = caught,
                 .caught_on_real = on_real,
                 .in_recording = std::move(change)};
  };
  // One row for several devices: all but the first stay idle.
  const auto fault_of_few = [&](std::string id, std::string acts, const CheckNames& caught,
                                std::function<void(Recording&)> change) {
    Fault few = fault(std::move(id), "pytorch#52260", std::move(acts), both, caught, std::move(change));
    few.needs.rows = 1;
    return few;
  };
  return {
      fault("a_sum_less_on_every_rank", "pytorch#143580", "collectives of every rank, step 2", ddp, {collectives},
            [=](Recording& run) { on_every_rank_of(run.steps[2], [](RankRecord& rank) { rank.calls.pop_back(); }); }),
      fault("a_sum_less_on_one_rank", "horovod#564", "collectives of the last rank, step 2", ddp,
            {collectives, reduction}, [=](Recording& run) { run.steps[2].ranks[last].calls.pop_back(); }),
      fault("a_sum_more_on_every_rank", "torchrec#4121", "collectives of every rank, step 1", both, {collectives},
            [=](Recording& run) {
              on_every_rank_of(run.steps[1], [](RankRecord& rank) { rank.calls.push_back(rank.calls.back()); });
            }),
      fault("sums_of_half_the_bytes", "", "collectives of every rank, step 1", both, {collectives},
            [=](Recording& run) {
              on_every_rank_of(run.steps[1], [](RankRecord& rank) { rank.calls.back().bytes /= 2; });
            }),
      fault("a_gradient_in_no_bucket", "pytorch#12603", "buckets of every rank", ddp, {collectives},
            [](Recording& run) { run.bucket_elements.back() -= 1; }),
      fault("parameters_not_broadcast", "", "collectives of every rank, step 3", dp, {collectives},
            [=](Recording& run) {
              on_every_rank_of(run.steps[3], [](RankRecord& rank) {
                std::erase_if(rank.calls, [](const CapturedCall& call) { return call.kind == Collective::broadcast; });
              });
            }),
      fault("loss_multiplied_by_ranks", "sparseml#135", "loss of every rank, every step", both,
            {exact, one_device, f64},
            [=](Recording& run) {
              for (StepRecord& step : run.steps)
                on_every_rank_of(step, [&](RankRecord& rank) { rank.loss *= static_cast<double>(step.ranks.size()); });
            }),
      fault("loss_is_nan", "", "loss of rank 0, step 1", both, {exact, one_device, f64},
            [](Recording& run) { run.steps[1].ranks[0].loss = std::nan(""); }),
      fault("a_step_less", "", "the last step", both, {exact, one_device, f64},
            [](Recording& run) { run.steps.pop_back(); }),
      fault("steps_out_of_order", "", "steps 1 and 2", both, {exact, one_device, f64},
            [](Recording& run) { std::swap(run.steps[1], run.steps[2]); }),
      fault("gradients_missing", "pytorch#36035", "gradients of rank 0, step 1", both,
            {exact, one_device, f64, gradients}, [](Recording& run) { run.steps[1].ranks[0].gradients.clear(); }),
      fault("one_rank_does_not_update", "", "optimizer of the last rank, every step", ddp, {replicas},
            [=](Recording& run) {
              for (StepRecord& step : run.steps) step.ranks[last].updates = false;
            }),
      fault("one_rank_is_never_seen", "OpenTSLM#49", "the last rank, every step", ddp,
            {coverage, reduction, collectives},
            [=](Recording& run) {
              for (StepRecord& step : run.steps) step.ranks[last] = {};
            }),
      fault("pieces_change_places", "", "rows of rank 0 and the last rank, every step", ddp, {coverage},
            [=](Recording& run) {
              for (StepRecord& step : run.steps) std::swap(step.ranks[0].samples, step.ranks[last].samples);
            }),
      fault_of_few("piece_larger_than_predicted", "rows of rank 0, step 0", {coverage, fewer_pieces},
                   [](Recording& run) {
                     std::vector<std::uint64_t>& rows = run.steps[0].ranks[0].samples;
                     rows.push_back(rows.front());
                   }),
      fault_of_few("idle_device_is_said_to_work", "the last rank, step 1", {fewer_pieces},
                   [=](Recording& run) { run.steps[1].ranks[last].worked = true; }),
      fault("optimizer_state_differs", "", "optimizer state of the last rank, step 3", ddp, {replicas},
            [=](Recording& run) { run.steps[3].ranks[last].state_hash ^= 1; }),
  };
}

}  // namespace lockstep::faults
