#include "harness/faults/catalogue/parts.hpp"

namespace lockstep::faults {
namespace {

void damage_parameters(Strategy& strategy, const Damage& damage) {
  damage_tensor(strategy.compute(), strategy.model().parameters().values(), damage);
}

void zero_state(Strategy& strategy) {
  if (strategy.optimizer() == nullptr) return;
  for (const Optimizer::State& state : strategy.optimizer()->state())
    damage_tensor(strategy.compute(), state.tensor, zero_all);
}

kernels::SgdSettings& sgd_of(Training& training) { return std::get<kernels::SgdSettings>(training.optimizer); }

}  // namespace

std::vector<Fault> of_state(const FaultSetting& setting) {
  const int ranks = setting.ranks;
  const int last = ranks - 1;
  return {
      {.id = "parameters_off_by_2^-20_on_one_rank",
       .acts = "parameters of the last rank, after step 1",
       .strategies = ddp,
       .caught_on_exact = {exact, replicas},
       .caught_on_real = {replicas},
       .in_state =
           [last](std::size_t step, Strategy& strategy) {
             if (step == 1 && strategy.rank() == last) damage_parameters(strategy, scale_all(1 + 0x1p-20));
           }},
      // Too small for a bound on real data, and the same everywhere: this is what exact data is for.
      {.id = "parameters_off_by_2^-20_on_every_rank",
       .acts = "parameters of every rank, after every step",
       .strategies = both,
       .caught_on_exact = {exact},
       .in_state = [](std::size_t, Strategy& strategy) { damage_parameters(strategy, scale_all(1 + 0x1p-20)); }},
      {.id = "parameters_off_on_every_rank",
       .acts = "parameters of every rank, after every step",
       .strategies = both,
       .caught_on_exact = {exact},
       .caught_on_real = {one_device, f64},
       .in_state = [](std::size_t, Strategy& strategy) { damage_parameters(strategy, scale_all(1 + 0x1p-10)); }},
      {.id = "update_done_twice_on_one_rank",
       .acts = "optimizer of the last rank, every step",
       .strategies = ddp,
       .caught_on_exact = {exact, replicas},
       .caught_on_real = {replicas},
       .in_state =
           [last](std::size_t, Strategy& strategy) {
             if (strategy.rank() == last) strategy.optimizer()->step(strategy.compute(), strategy.model().parameters());
           }},
      {.id = "loss_scale_kept_on_one_rank",
       .source = "pytorch#136009",
       .acts = "gradient of the last rank before its update, every step",
       .strategies = ddp,
       .caught_on_exact = {exact},  // below the threshold nothing moves, however large the scale
       .caught_on_real = {replicas},
       .in_update =
           [last](Strategy& strategy) {
             if (strategy.rank() == last)
               damage_tensor(strategy.compute(), strategy.model().parameters().gradients(), scale_all(1024));
           }},
      {.id = "optimizer_state_lost_on_one_rank",
       .source = "horovod#1609",
       .acts = "optimizer of the last rank, after step 1",
       .strategies = ddp,
       .caught_on_real = {replicas},
       .needs = {.momentum = true},
       .in_state =
           [last](std::size_t step, Strategy& strategy) {
             if (step == 1 && strategy.rank() == last) zero_state(strategy);
           }},
      {.id = "optimizer_state_lost_on_every_rank",
       .source = "pytorch#5627",
       .acts = "optimizer of every rank, after step 1",
       .strategies = both,
       .caught_on_real = {one_device, f64},
       .needs = {.momentum = true},
       .in_state =
           [](std::size_t step, Strategy& strategy) {
             if (step == 1) zero_state(strategy);
           }},
      {.id = "parameters_never_move",
       .source = "pytorch#19540",
       .acts = "optimizer of every rank, every step",
       .strategies = both,
       .caught_on_exact = {exact, movement},
       .caught_on_real = {movement, one_device, f64},
       .in_training =
           [](Training& training) {
             if (auto* ternary = std::get_if<kernels::TernarySettings>(&training.optimizer)) ternary->threshold = 1e9;
             if (auto* sgd = std::get_if<kernels::SgdSettings>(&training.optimizer)) sgd->learning_rate = 0;
             if (auto* adam = std::get_if<kernels::AdamSettings>(&training.optimizer)) adam->learning_rate = 0;
           }},
      {.id = "learning_rate_divided_by_ranks",
       .source = "keras#16285",
       .acts = "optimizer of every rank, every step",
       .strategies = both,
       .caught_on_real = {one_device, f64},
       .needs = {.learning_rate = true},
       .in_training = [ranks](Training& training) { sgd_of(training).learning_rate /= ranks; }},
      {.id = "weight_decay_added_on_every_rank",
       .acts = "optimizer of every rank, every step",
       .strategies = both,
       .caught_on_real = {one_device, f64},
       .needs = {.learning_rate = true},
       .in_training = [](Training& training) { sgd_of(training).weight_decay += 0.01; }},
  };
}

}  // namespace lockstep::faults
