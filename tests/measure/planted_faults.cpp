// R and S numbers are those of the fault catalogue: R were found in real programs, S are synthetic.
#include "tests/measure/planted_faults.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lockstep {
namespace {

using Names = std::set<std::string>;

// The checks.
const std::string exact = "exact";
const std::string reduction = "reduction";
const std::string coverage = "coverage";
const std::string replicas = "replicas";
const std::string gradients = "evidence:gradients";
const std::string movement = "evidence:movement";
const std::string collectives = "evidence:collectives";
const std::string clipping = "evidence:clipping";
const std::string fewer_pieces = "documented:fewer_pieces_than_devices";
const std::string one_device = "end_to_end:one_device";
const std::string f64 = "end_to_end:f64";

const std::vector<Collective> sums{Collective::all_reduce, Collective::reduce};
const std::vector<std::string> dp{"dp"};
const std::vector<std::string> ddp{"ddp"};
const std::vector<std::string> both{"dp", "ddp"};

std::vector<int> all_ranks(int ranks) {
  std::vector<int> all(static_cast<std::size_t>(ranks));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

void damage_parameters(Strategy& strategy, const Damage& damage) {
  damage_tensor(strategy.model().parameters().values(), damage);
}

void zero_state(Strategy& strategy) {
  if (strategy.optimizer() == nullptr) return;
  for (const Optimizer::State& state : strategy.optimizer()->state()) damage_tensor(state.tensor, zero_all);
}

/// What goes wrong before the sum: a rank brings something else than its gradient.
std::vector<PlantedFault> faults_of_contributions(int ranks) {
  const std::vector<int> last{ranks - 1};
  std::vector<int> all_but_first = all_ranks(ranks);
  all_but_first.erase(all_but_first.begin());
  const Names value_on_exact{exact, reduction, one_device, f64};
  const Names value_on_real{reduction, one_device, f64};
  const auto fault = [](std::string name, Names on_exact, Names on_real, std::vector<int> who, Fault what,
                        std::size_t first = 0, std::size_t every = 1) {
    return PlantedFault{.name = std::move(name),
                        .strategies = both,
                        .caught_on_exact = std::move(on_exact),
                        .caught_on_real = std::move(on_real),
                        .in_communication = Plant{{sums, std::move(who), first, every}, std::move(what)}};
  };
  return {
      fault("contribution_dropped", value_on_exact, value_on_real, last, damaged_contribution(zero_all)),
      fault("contribution_dropped_once", value_on_exact, value_on_real, last, damaged_contribution(zero_all), 1, 0),
      fault("contribution_doubled", value_on_exact, value_on_real, last, damaged_contribution(scale_all(2))),  // S2
      fault("contribution_divided_by_ranks", value_on_exact, value_on_real, last,
            damaged_contribution(scale_all(1.0 / ranks))),
      fault("contribution_negated", value_on_exact, value_on_real, last, damaged_contribution(negate_all)),
      fault("contribution_of_the_last_step", value_on_exact, value_on_real, last, stale_contribution()),  // R17
      fault("contribution_without_largest_element", {exact, reduction}, {reduction}, last,
            damaged_contribution(lose_largest)),
      fault("contribution_with_nan", {exact, reduction, one_device, f64, gradients},
            {reduction, one_device, f64, gradients}, last, damaged_contribution(poison_first)),
      fault("contribution_with_one_nan_once", {exact, reduction, one_device, f64, gradients},
            {reduction, one_device, f64, gradients}, last, damaged_contribution(poison_first), 1, 0),
      fault("only_rank_0_contributes", value_on_exact, value_on_real, all_but_first, damaged_contribution(zero_all)),
      fault("nobody_contributes", {exact, reduction, one_device, f64, gradients, movement},  // R2
            {reduction, one_device, f64, gradients, movement}, all_ranks(ranks), damaged_contribution(zero_all)),
      fault("contributions_in_bf16", {exact, reduction}, value_on_real, all_ranks(ranks),
            damaged_contribution(truncate_to_bf16)),
  };
}

/// What goes wrong in or after the sum.
std::vector<PlantedFault> faults_of_sums(int ranks) {
  const std::vector<int> all = all_ranks(ranks);
  const Names value_on_exact{exact, reduction, one_device, f64};
  const Names value_on_real{reduction, one_device, f64};
  const auto fault = [&](std::string name, std::vector<std::string> strategies, Names on_exact, Names on_real,
                         std::vector<int> who, Fault what, std::size_t first = 0, std::size_t every = 1) {
    return PlantedFault{.name = std::move(name),
                        .strategies = std::move(strategies),
                        .caught_on_exact = std::move(on_exact),
                        .caught_on_real = std::move(on_real),
                        .in_communication = Plant{{sums, std::move(who), first, every}, std::move(what)}};
  };
  const auto with = [](Names names, const std::string& more) {
    names.insert(more);
    return names;
  };
  const std::vector<int> first{0};
  const std::vector<int> last{ranks - 1};
  return {
      fault("sum_left_out", dp, value_on_exact, value_on_real, all, skipped()),  // R1, R40
      fault("sum_left_out", ddp, with(value_on_exact, replicas), with(value_on_real, replicas), all, skipped()),
      fault("one_sum_left_out", dp, value_on_exact, value_on_real, all, skipped(), 1, 0),  // R41
      fault("one_sum_left_out", ddp, with(value_on_exact, replicas), with(value_on_real, replicas), all, skipped(), 1,
            0),
      fault("sum_not_used_by_one_rank", ddp, with(value_on_exact, replicas), with(value_on_real, replicas), last,
            damaged_result(keep_old)),                                                                     // R19
      fault("sum_without_tail", dp, {exact, reduction}, {reduction}, all, damaged_result(keep_old_tail)),  // R56, S5
      fault("sum_without_tail", ddp, {exact, reduction}, {reduction, replicas}, all, damaged_result(keep_old_tail)),
      fault("sum_done_twice", both, value_on_exact, value_on_real, all, repeated()),  // R34, R35
      fault("sum_divided_by_ranks", both, value_on_exact, value_on_real, all,         // R22, R23, R48
            damaged_result(scale_all(1.0 / ranks))),
      fault("sum_multiplied_by_ranks", both, value_on_exact, value_on_real, all, damaged_result(scale_all(ranks))),
      fault("sum_one_element_off", both, value_on_exact, value_on_real, all, damaged_result(shift_by_one)),  // S4
      fault("sum_in_bf16", both, {exact, reduction}, value_on_real, all, damaged_result(truncate_to_bf16)),
      fault("sum_with_bit_12_flipped", both, {exact, reduction}, {reduction}, all,
            damaged_result(flip_bit_of_largest(12))),
      fault("sum_with_nan_once", dp, {exact, reduction, one_device, f64, gradients},
            {reduction, one_device, f64, gradients}, first, damaged_result(poison_first), 1, 0),
      fault("sum_with_nan_on_one_rank_once", ddp, {exact, reduction, one_device, f64, gradients, replicas},
            {reduction, one_device, f64, gradients, replicas}, last, damaged_result(poison_first), 1, 0),
      fault("sum_with_last_bit_of_bf16_flipped", both, {exact, reduction}, {reduction}, all,
            damaged_result(flip_bit_of_largest(16))),
      // Too small for a bound on real data, and the same everywhere: this is what exact data is for.
      fault("sum_with_last_bit_flipped", both, {exact}, {}, all, damaged_result(flip_bit_of_largest(0))),
      fault("sum_with_last_bit_flipped_on_one_rank", ddp, {exact}, {replicas}, last,
            damaged_result(flip_bit_of_largest(0))),
  };
}

/// What goes wrong when dp moves parameters and rows.
std::vector<PlantedFault> faults_of_copies(int ranks) {
  const std::vector<int> root{0};
  const std::vector<int> last{ranks - 1};
  const auto fault = [](std::string name, Names on_exact, Names on_real, Collective kind, std::vector<int> who,
                        Fault what, std::size_t first = 0, std::size_t every = 1) {
    return PlantedFault{.name = std::move(name),
                        .strategies = dp,
                        .caught_on_exact = std::move(on_exact),
                        .caught_on_real = std::move(on_real),
                        .in_communication = Plant{{{kind}, std::move(who), first, every}, std::move(what)}};
  };
  // The scatters of a step in turn: inputs, gradients of the outputs.
  constexpr std::size_t inputs = 0;
  constexpr std::size_t doutputs = 1;
  return {
      fault("stale_replica", {exact, replicas, one_device, f64}, {replicas, one_device, f64}, Collective::broadcast,
            last, damaged_result(keep_old)),
      fault("stale_replica_every_second_step", {exact, replicas, one_device, f64},  // S1
            {replicas, one_device, f64}, Collective::broadcast, last, damaged_result(keep_old), 1, 2),
      fault("replica_off_by_2^-20", {exact, replicas}, {replicas}, Collective::broadcast, last,
            damaged_result(scale_all(1 + 0x1p-20))),
      fault("first_replica_off_by_2^-20", {exact, replicas}, {replicas}, Collective::broadcast, last,
            damaged_result(scale_all(1 + 0x1p-20)), 0, 0),
      fault("inputs_exchanged", {exact, coverage, one_device, f64}, {coverage, one_device, f64}, Collective::scatter,
            root, exchanged_pieces(), inputs, 2),
      fault("outputs_exchanged", {exact, one_device, f64}, {one_device, f64}, Collective::gather, root,  // S11
            exchanged_pieces()),
      fault("output_gradients_exchanged", {exact, one_device, f64}, {one_device, f64}, Collective::scatter, root,
            exchanged_pieces(), doutputs, 2),
      fault("inputs_duplicated", {exact, coverage, one_device, f64}, {coverage, one_device, f64}, Collective::scatter,
            root, duplicated_piece(), inputs, 2),
      fault("inputs_of_the_last_step", {exact, coverage, one_device, f64}, {coverage, one_device, f64},  // R12, R59
            Collective::scatter, last, damaged_result(keep_old), 2, 2),
      fault("outputs_of_the_last_step", {exact, one_device, f64}, {one_device, f64}, Collective::gather, root,
            damaged_result(keep_old), 1),
  };
}

/// What goes wrong before anything is communicated: a rank has the wrong samples.
std::vector<PlantedFault> faults_of_batches(int ranks) {
  using Ids = std::vector<SampleId>;
  const auto fault = [](std::string name, std::vector<std::string> strategies, int who,
                        const std::function<void(Ids&)>& change) {
    return PlantedFault{.name = std::move(name),
                        .strategies = std::move(strategies),
                        .caught_on_exact = {coverage, exact, one_device, f64},
                        .caught_on_real = {coverage, one_device, f64},
                        .in_batches = [who, change](int rank, Ids ids) {
                          if (rank == who) change(ids);
                          return ids;
                        }};
  };
  const auto repeat_first_for_last = [](Ids& ids) { ids.back() = ids.front(); };
  const auto next_window = [](Ids& ids) {
    for (SampleId& id : ids) id = (id + 1) % 256;
  };
  const auto first_batch_again = [](Ids& ids) { std::iota(ids.begin(), ids.end(), SampleId{0}); };
  const int last = ranks - 1;
  std::vector<PlantedFault> faults{
      fault("row_repeated", dp, 0, repeat_first_for_last),
      fault("row_repeated", ddp, last, repeat_first_for_last),  // S2
      fault("window_off_by_one", dp, 0, next_window),
      fault("window_off_by_one", ddp, last, next_window),               // S9
      fault("same_batch_in_every_step", ddp, last, first_batch_again),  // R43
      fault("another_order_on_one_rank", ddp, last, [](Ids& ids) { std::ranges::reverse(ids); }),
      fault("rows_lost_by_one_rank", ddp, last, [](Ids& ids) { ids.pop_back(); }),  // R8
  };
  // Rank 0's batch is the recording's: what it takes instead is no matter of coverage.
  for (PlantedFault& of_all : faults)
    if (of_all.strategies == dp) of_all.caught_on_exact.erase(coverage), of_all.caught_on_real.erase(coverage);
  // One row for several devices: all but the first stay idle.
  PlantedFault idle_works = fault("idle_device_works", ddp, last,
                                  [ranks](Ids& ids) { ids.resize(static_cast<std::size_t>(ranks), ids.front()); });
  idle_works.rows = 1;
  idle_works.caught_on_exact.insert(fewer_pieces);
  idle_works.caught_on_real.insert(fewer_pieces);
  faults.push_back(std::move(idle_works));
  return faults;
}

/// What goes wrong with parameters and optimizers between the steps.
std::vector<PlantedFault> faults_of_state(int ranks) {
  const int last = ranks - 1;
  return {
      {.name = "parameters_off_by_2^-20_on_one_rank",
       .strategies = ddp,
       .caught_on_exact = {exact, replicas},
       .caught_on_real = {replicas},
       .in_state =
           [last](std::size_t step, Strategy& strategy) {
             if (step == 1 && strategy.rank() == last) damage_parameters(strategy, scale_all(1 + 0x1p-20));
           }},
      // Too small for a bound on real data, and the same everywhere: this is what exact data is for.
      {.name = "parameters_off_by_2^-20_on_every_rank",
       .strategies = both,
       .caught_on_exact = {exact},
       .in_state = [](std::size_t, Strategy& strategy) { damage_parameters(strategy, scale_all(1 + 0x1p-20)); }},
      {.name = "parameters_off_on_every_rank",
       .strategies = both,
       .caught_on_exact = {exact},
       .caught_on_real = {one_device, f64},
       .in_state = [](std::size_t, Strategy& strategy) { damage_parameters(strategy, scale_all(1 + 0x1p-10)); }},
      {.name = "optimizer_state_lost_on_one_rank",  // S10
       .strategies = ddp,
       .caught_on_real = {replicas},
       .in_state =
           [last](std::size_t step, Strategy& strategy) {
             if (step == 1 && strategy.rank() == last) zero_state(strategy);
           }},
      {.name = "optimizer_state_lost_on_every_rank",  // R53
       .strategies = both,
       .caught_on_real = {one_device, f64},
       .in_state =
           [](std::size_t step, Strategy& strategy) {
             if (step == 1) zero_state(strategy);
           }},
      {.name = "parameters_never_move",
       .strategies = both,
       .caught_on_exact = {exact, movement},
       .caught_on_real = {movement, one_device, f64},
       .in_training =
           [](Training& training) {
             if (auto* sgd = std::get_if<kernels::SgdSettings>(&training.optimizer)) sgd->learning_rate = 0;
             if (auto* ternary = std::get_if<kernels::TernarySettings>(&training.optimizer)) ternary->threshold = 1e9;
           }},
      {.name = "learning_rate_divided_by_ranks",  // R48
       .strategies = both,
       .caught_on_real = {one_device, f64},
       .in_training =
           [ranks](Training& training) { std::get<kernels::SgdSettings>(training.optimizer).learning_rate /= ranks; }},
  };
}

/// Small enough that gradients of real data are clipped: else no fault below would be seen.
constexpr double clip_norm = 0.25;

double norm_of(std::span<const float> values) {
  double squares = 0;
  for (const float value : values) squares += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(squares);
}

double factor_for(double norm) { return std::min(1.0, clip_norm / (norm + 1e-6)); }

/// What goes wrong with clipping (B120). The training's own clipping is out of the way; the fault does it instead.
std::vector<PlantedFault> faults_of_clipping(int ranks) {
  const auto do_nothing = [](Training& training) { training.rules.clip_norm = 1e30; };
  const auto claim = [](Recording& run) { run.clip_norm = clip_norm; };
  const auto fault = [&](std::string name, std::vector<std::string> strategies,
                         std::function<void(std::span<float> values)> clip) {
    return PlantedFault{.name = std::move(name),
                        .strategies = std::move(strategies),
                        .caught_on_real = {one_device, f64, clipping},
                        .in_update =
                            [clip](Strategy& strategy) {
                              if (strategy.optimizer() == nullptr) return;
                              const Tensor& tensor = strategy.model().parameters().gradients();

                              damage_tensor(tensor, clip);
                            },
                        .in_training = do_nothing,
                        .in_recording = claim,
                        .clip_norm = clip_norm};
  };
  const Plant before_the_sum{{sums, all_ranks(ranks)}, damaged_contribution([](std::span<float> values) {
                               scale_all(factor_for(norm_of(values)))(values);
                             })};
  std::vector<PlantedFault> faults{
      fault("gradients_not_clipped", both, [](std::span<float>) {}),
      fault("gradients_clipped_twice", both,
            [](std::span<float> values) {
              const double factor = factor_for(norm_of(values));
              scale_all(factor * factor)(values);
            }),
      // Of gradients that are reduced already: a norm of .8 on two ranks becomes 1.131371, and .8 then .707107.
      fault("norm_summed_over_ranks", both,
            [ranks](std::span<float> values) { scale_all(factor_for(norm_of(values) * std::sqrt(ranks)))(values); }),
      fault("norm_of_one_part", both,
            [](std::span<float> values) { scale_all(factor_for(norm_of(values.last(gradients.size() / 3))))(values); }),
      fault("parts_clipped_by_themselves", both,
            [](std::span<float> values) {
              const std::size_t half = values.size() / 2;
              for (const auto part : {values.first(half), values.subspan(half)})
                scale_all(factor_for(norm_of(part)))(part);
            }),
      fault("clipped_by_value", both,
            [](std::span<float> values) {
              for (float& gradient : values) gradient = std::clamp(gradient, -0.05F, 0.05F);
            }),
  };
  PlantedFault per_rank{.name = "clipped_on_each_rank_before_the_sum",
                        .strategies = both,
                        .caught_on_real = {reduction, one_device, f64},
                        .in_communication = before_the_sum,
                        .clip_norm = clip_norm};
  faults.push_back(per_rank);
  faults.push_back({.name = "norm_off_by_a_bit_of_f32",
                    .strategies = both,
                    .caught_on_real = {clipping},
                    .in_recording = [](Recording& run) { run.steps[1].ranks[0].gradient_norm *= 1 + 0x1p-24; },
                    .clip_norm = clip_norm});
  return faults;
}

/// Recordings of runs that did something else than their strategy says, or said something else than they did.
std::vector<PlantedFault> faults_of_recordings(int ranks) {
  const auto last = static_cast<std::size_t>(ranks - 1);
  const auto on_every_rank_of = [](StepRecord& step, const std::function<void(RankRecord&)>& change) {
    for (RankRecord& rank : step.ranks) change(rank);
  };
  const auto fault = [](std::string name, std::vector<std::string> strategies, const Names& caught,
                        std::function<void(Recording&)> change) {
    Names on_real = caught;
    on_real.erase(exact);
    return PlantedFault{.name = std::move(name),
                        .strategies = std::move(strategies),
                        .caught_on_exact = caught,
                        .caught_on_real = on_real,
                        .in_recording = std::move(change)};
  };
  // One row for several devices: all but the first stay idle.
  const auto fault_of_few = [&](std::string name, const Names& caught, std::function<void(Recording&)> change) {
    PlantedFault few = fault(std::move(name), both, caught, std::move(change));
    few.rows = 1;
    return few;
  };
  return {
      fault("a_sum_less_on_every_rank", ddp, {collectives},  // R40
            [=](Recording& run) { on_every_rank_of(run.steps[2], [](RankRecord& rank) { rank.calls.pop_back(); }); }),
      fault("a_sum_less_on_one_rank", ddp, {collectives, reduction},  // R54
            [=](Recording& run) { run.steps[2].ranks[last].calls.pop_back(); }),
      fault("a_sum_more_on_every_rank", both, {collectives},  // R42
            [=](Recording& run) {
              on_every_rank_of(run.steps[1], [](RankRecord& rank) { rank.calls.push_back(rank.calls.back()); });
            }),
      fault("sums_of_half_the_bytes", both, {collectives},
            [=](Recording& run) {
              on_every_rank_of(run.steps[1], [](RankRecord& rank) { rank.calls.back().bytes /= 2; });
            }),
      fault("a_gradient_in_no_bucket", ddp, {collectives},  // R26
            [](Recording& run) { run.bucket_elements.back() -= 1; }),
      fault("parameters_not_broadcast", dp, {collectives},
            [=](Recording& run) {
              on_every_rank_of(run.steps[3], [](RankRecord& rank) {
                std::erase_if(rank.calls, [](const CapturedCall& call) { return call.kind == Collective::broadcast; });
              });
            }),
      fault("loss_multiplied_by_ranks", both, {exact, one_device, f64},  // R46, R48
            [=](Recording& run) {
              for (StepRecord& step : run.steps)
                on_every_rank_of(step, [&](RankRecord& rank) { rank.loss *= static_cast<double>(step.ranks.size()); });
            }),
      fault("loss_is_nan", both, {exact, one_device, f64},
            [](Recording& run) { run.steps[1].ranks[0].loss = std::nan(""); }),
      fault("a_step_less", both, {exact, one_device, f64}, [](Recording& run) { run.steps.pop_back(); }),
      fault("steps_out_of_order", both, {exact, one_device, f64},
            [](Recording& run) { std::swap(run.steps[1], run.steps[2]); }),
      fault("gradients_missing", both, {exact, one_device, f64, gradients},
            [](Recording& run) { run.steps[1].ranks[0].gradients.clear(); }),
      fault("one_rank_does_not_update", ddp, {replicas},  // S7
            [=](Recording& run) {
              for (StepRecord& step : run.steps) step.ranks[last].updates = false;
            }),
      fault("one_rank_is_never_seen", ddp, {coverage, reduction, collectives},
            [=](Recording& run) {
              for (StepRecord& step : run.steps) step.ranks[last] = {};
            }),
      fault("pieces_change_places", ddp, {coverage},
            [=](Recording& run) {
              for (StepRecord& step : run.steps) std::swap(step.ranks[0].samples, step.ranks[last].samples);
            }),
      fault_of_few("piece_larger_than_predicted", {coverage, fewer_pieces},
                   [](Recording& run) {
                     std::vector<std::uint64_t>& rows = run.steps[0].ranks[0].samples;
                     rows.push_back(rows.front());
                   }),
      fault_of_few("idle_device_is_said_to_work", {fewer_pieces},
                   [=](Recording& run) { run.steps[1].ranks[last].worked = true; }),
      fault("optimizer_state_differs", ddp, {replicas},
            [=](Recording& run) { run.steps[3].ranks[last].state_hash ^= 1; }),
  };
}

/// Where numbers are stored in bf16 these change none of them, or by less than its last bit.
const Names no_fault_in_bf16{"contributions_in_bf16",
                             "sum_in_bf16",
                             "sum_with_bit_12_flipped",
                             "sum_with_last_bit_flipped",
                             "sum_with_last_bit_flipped_on_one_rank",
                             "replica_off_by_2^-20",
                             "first_replica_off_by_2^-20",
                             "parameters_off_by_2^-20_on_one_rank",
                             "parameters_off_by_2^-20_on_every_rank",
                             "parameters_off_on_every_rank"};
/// In four steps these change real gradients by less than the rounding of bf16 may: exact data, or the bits of the
/// replicas, show them.
const Names small_in_bf16{"outputs_exchanged", "stale_replica", "stale_replica_every_second_step",
                          "optimizer_state_lost_on_every_rank", "learning_rate_divided_by_ranks"};

void note_what_bf16_hides(PlantedFault& fault) {
  if (small_in_bf16.contains(fault.name)) fault.hidden_by_bf16 = {one_device, f64};
  if (!no_fault_in_bf16.contains(fault.name)) return;
  fault.hidden_by_bf16 = fault.caught_on_exact;
  fault.hidden_by_bf16.insert(fault.caught_on_real.begin(), fault.caught_on_real.end());
}

}  // namespace

std::vector<PlantedFault> planted_faults(int ranks) {
  std::vector<PlantedFault> all;
  for (auto& part :
       {faults_of_contributions(ranks), faults_of_sums(ranks), faults_of_copies(ranks), faults_of_batches(ranks),
        faults_of_state(ranks), faults_of_clipping(ranks), faults_of_recordings(ranks)})
    all.insert(all.end(), part.begin(), part.end());
  for (PlantedFault& fault : all) note_what_bf16_hides(fault);
  return all;
}

}  // namespace lockstep
