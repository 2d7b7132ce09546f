#include "harness/faults/catalogue.hpp"

#include <iterator>
#include <numeric>

#include "harness/faults/catalogue/parts.hpp"

namespace lockstep {
namespace {

/// Where numbers are stored in bf16 these change none of them, or by less than its last bit.
const CheckNames no_fault_in_bf16{"contributions_in_bf16",
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
const CheckNames small_in_bf16{"outputs_exchanged",
                               "stale_replica",
                               "stale_replica_every_second_step",
                               "optimizer_state_lost_on_every_rank",
                               "learning_rate_divided_by_ranks",
                               "mean_of_means",
                               "weight_decay_added_on_every_rank"};

void note_what_bf16_hides(Fault& fault) {
  if (small_in_bf16.contains(fault.id)) fault.hidden_by_bf16 = {faults::one_device, faults::f64};
  if (!no_fault_in_bf16.contains(fault.id)) return;
  fault.hidden_by_bf16 = fault.caught_on_exact;
  fault.hidden_by_bf16.insert(fault.caught_on_real.begin(), fault.caught_on_real.end());
}

}  // namespace

namespace faults {

std::vector<int> all_ranks(int ranks) {
  std::vector<int> all(static_cast<std::size_t>(ranks));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

}  // namespace faults

std::vector<Fault> catalogue(const FaultSetting& setting) {
  std::vector<Fault> all;
  for (const auto part :
       {faults::of_contributions, faults::of_sums, faults::of_copies, faults::of_batches, faults::of_pieces,
        faults::of_layers, faults::of_state, faults::of_clipping, faults::of_recordings}) {
    std::vector<Fault> some = part(setting);
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  for (Fault& fault : all) note_what_bf16_hides(fault);
  return all;
}

}  // namespace lockstep
