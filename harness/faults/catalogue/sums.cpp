#include "harness/faults/catalogue/parts.hpp"

namespace lockstep::faults {

std::vector<Fault> of_sums(const FaultSetting& setting) {
  const int ranks = setting.ranks;
  const std::vector<int> all = all_ranks(ranks);
  const std::vector<int> first{0};
  const std::vector<int> last{ranks - 1};
  const bool is_ddp = setting.strategy == "ddp";
  // Every rank of ddp holds the sum, so its own copy may be wrong by itself.
  const auto and_replicas = [&](CheckNames names) {
    if (is_ddp) names.insert(replicas);
    return names;
  };
  const CheckNames value_on_exact{exact, reduction, one_device, f64};
  const CheckNames value_on_real{reduction, one_device, f64};
  const CheckNames nan_on_real{reduction, one_device, f64, gradients};
  const CheckNames nan_on_exact{exact, reduction, one_device, f64, gradients};
  const auto fault = [](std::string id, std::string source, std::vector<std::string> strategies, CheckNames on_exact,
                        CheckNames on_real, std::vector<int> who, FaultyCall what, std::size_t start = 0,
                        std::size_t every = 1) {
    return Fault{.id = std::move(id),
                 .source = std::move(source),
                 .strategies = std::move(strategies),
                 .caught_on_exact = std::move(on_exact),
                 .caught_on_real = std::move(on_real),
                 .in_communication = Plant{{sums, std::move(who), start, every}, std::move(what)}};
  };
  const auto damaged = [](Damage damage) { return damaged_result(std::move(damage)); };
  return {
      fault("sum_left_out", "pytorch#187732", both, and_replicas(value_on_exact), and_replicas(value_on_real), all,
            skipped()),
      fault("one_sum_left_out", "Lightning#18086", both, and_replicas(value_on_exact), and_replicas(value_on_real), all,
            skipped(), 1, 0),
      fault("sum_not_used_by_one_rank", "pytorch#43307", ddp, and_replicas(value_on_exact), and_replicas(value_on_real),
            last, damaged_result(keep_old)),
      fault("sum_without_tail", "NCCL#1950", both, {exact, reduction}, and_replicas({reduction}), all,
            damaged_result(keep_old_tail)),
      fault("sum_done_twice", "Paddle#30437", both, value_on_exact, value_on_real, all, repeated()),
      fault("sum_divided_by_ranks", "pytorch#36516", both, value_on_exact, value_on_real, all,
            damaged(scale_all(1.0 / ranks))),
      fault("sum_multiplied_by_ranks", "horovod#2654", both, value_on_exact, value_on_real, all,
            damaged(scale_all(ranks))),
      fault("sum_one_element_off", "Paddle#30553", both, value_on_exact, value_on_real, all, damaged(shift_by_one)),
      fault("sum_in_bf16", "", both, {exact, reduction}, value_on_real, all, damaged(truncate_to_bf16)),
      fault("sum_with_bit_12_flipped", "", both, {exact, reduction}, {reduction}, all,
            damaged(flip_bit_of_largest(12))),
      fault("sum_with_nan_once", "", dp, nan_on_exact, nan_on_real, first, damaged(poison_first), 1, 0),
      // The exact optimizer moves nothing by what is not a number, so its replicas stay alike.
      fault("sum_with_nan_on_one_rank_once", "", ddp, nan_on_exact, and_replicas(nan_on_real), last,
            damaged(poison_first), 1, 0),
      fault("sum_with_last_bit_of_bf16_flipped", "", both, {exact, reduction}, {reduction}, all,
            damaged(flip_bit_of_largest(16))),
      // Too small for a bound on real data, and the same everywhere: this is what exact data is for.
      fault("sum_with_last_bit_flipped", "", both, {exact}, {}, all, damaged(flip_bit_of_largest(0))),
      fault("sum_with_last_bit_flipped_on_one_rank", "nccl-tests#167", ddp, {exact}, {replicas}, last,
            damaged(flip_bit_of_largest(0))),
  };
}

}  // namespace lockstep::faults
