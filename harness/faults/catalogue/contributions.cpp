#include "harness/faults/catalogue/parts.hpp"

namespace lockstep::faults {

std::vector<Fault> of_contributions(const FaultSetting& setting) {
  const int ranks = setting.ranks;
  const std::vector<int> last{ranks - 1};
  const std::vector<int> all = all_ranks(ranks);
  const std::vector<int> all_but_first{all.begin() + 1, all.end()};
  const CheckNames value_on_exact{exact, reduction, one_device, f64};
  const CheckNames value_on_real{reduction, one_device, f64};
  const auto fault = [](std::string id, std::string source, CheckNames on_exact, CheckNames on_real,
                        std::vector<int> who, FaultyCall what, std::size_t first = 0, std::size_t every = 1) {
    return Fault{.id = std::move(id),
                 .source = std::move(source),
                 .strategies = both,
                 .caught_on_exact = std::move(on_exact),
                 .caught_on_real = std::move(on_real),
                 .in_communication = Plant{{sums, std::move(who), first, every}, std::move(what)}};
  };
  const auto damaged = [](Damage damage) { return damaged_contribution(std::move(damage)); };
  return {
      fault("contribution_dropped", "pytorch#104336", value_on_exact, value_on_real, last, damaged(zero_all)),
      fault("contribution_dropped_once", "pytorch#54474", value_on_exact, value_on_real, last, damaged(zero_all), 1, 0),
      fault("contribution_doubled", "", value_on_exact, value_on_real, last, damaged(scale_all(2))),
      fault("contribution_divided_by_ranks", "pytorch#42400", value_on_exact, value_on_real, last,
            damaged(scale_all(1.0 / ranks))),
      fault("contribution_negated", "", value_on_exact, value_on_real, last, damaged(negate_all)),
      fault("contribution_of_the_last_step", "Megatron-LM#4609", value_on_exact, value_on_real, last,
            stale_contribution()),
      fault("contribution_without_largest_element", "", {exact, reduction}, {reduction}, last, damaged(lose_largest)),
      fault("contribution_with_nan", "DeepSpeed#8061", {exact, reduction, one_device, f64, gradients},
            {reduction, one_device, f64, gradients}, last, damaged(poison_first)),
      fault("contribution_with_one_nan_once", "", {exact, reduction, one_device, f64, gradients},
            {reduction, one_device, f64, gradients}, last, damaged(poison_first), 1, 0),
      fault("only_rank_0_contributes", "pytorch#1051", value_on_exact, value_on_real, all_but_first, damaged(zero_all)),
      fault("nobody_contributes", "pytorch#2573", {exact, reduction, one_device, f64, gradients, movement},
            {reduction, one_device, f64, gradients, movement}, all, damaged(zero_all)),
      fault("contributions_in_bf16", "", {exact, reduction}, value_on_real, all, damaged(truncate_to_bf16)),
  };
}

}  // namespace lockstep::faults
