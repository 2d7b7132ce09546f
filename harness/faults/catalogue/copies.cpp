#include "harness/faults/catalogue/parts.hpp"

namespace lockstep::faults {

std::vector<Fault> of_copies(const FaultSetting& setting) {
  const std::vector<int> root{0};
  const std::vector<int> last{setting.ranks - 1};
  const auto fault = [](std::string id, std::string source, CheckNames on_exact, CheckNames on_real, Collective kind,
                        std::vector<int> who, FaultyCall what, std::size_t first = 0, std::size_t every = 1) {
    return Fault{.id = std::move(id),
                 .source = std::move(source),
                 .strategies = dp,
                 .caught_on_exact = std::move(on_exact),
                 .caught_on_real = std::move(on_real),
                 .in_communication = Plant{{{kind}, std::move(who), first, every}, std::move(what)}};
  };
  const auto damaged = [](Damage damage) { return damaged_result(std::move(damage)); };
  const CheckNames stale_on_exact{exact, replicas, one_device, f64};
  const CheckNames stale_on_real{replicas, one_device, f64};
  const CheckNames rows_on_exact{exact, coverage, one_device, f64};
  const CheckNames rows_on_real{coverage, one_device, f64};
  const CheckNames value_on_exact{exact, one_device, f64};
  const CheckNames value_on_real{one_device, f64};
  // The scatters of a step in turn: inputs, gradients of the outputs.
  constexpr std::size_t inputs = 0;
  constexpr std::size_t doutputs = 1;
  const std::size_t broadcasts = setting.has_buffers ? 2 : 1;  // in a step
  using enum Collective;
  return {
      fault("stale_replica", "pytorch#19540", stale_on_exact, stale_on_real, broadcast, last, damaged_result(keep_old)),
      fault("stale_replica_every_second_step", "", stale_on_exact, stale_on_real, broadcast, last,
            damaged_result(keep_old), broadcasts, 2 * broadcasts),
      fault("replica_off_by_2^-20", "", {exact, replicas}, {replicas}, broadcast, last,
            damaged(scale_all(1 + 0x1p-20))),
      fault("first_replica_off_by_2^-20", "", {exact, replicas}, {replicas}, broadcast, last,
            damaged(scale_all(1 + 0x1p-20)), 0, 0),
      fault("inputs_exchanged", "", rows_on_exact, rows_on_real, scatter, root, exchanged_pieces(), inputs, 2),
      fault("outputs_exchanged", "", value_on_exact, value_on_real, gather, root, exchanged_pieces()),
      fault("output_gradients_exchanged", "", value_on_exact, value_on_real, scatter, root, exchanged_pieces(),
            doutputs, 2),
      fault("inputs_duplicated", "", rows_on_exact, rows_on_real, scatter, root, duplicated_piece(), inputs, 2),
      fault("inputs_of_the_last_step", "maskrcnn-benchmark#512", rows_on_exact, rows_on_real, scatter, last,
            damaged_result(keep_old), 2, 2),
      fault("outputs_of_the_last_step", "", value_on_exact, value_on_real, gather, root, damaged_result(keep_old), 1),
  };
}

}  // namespace lockstep::faults
