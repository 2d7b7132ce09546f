#include "harness/faults/catalogue/parts.hpp"

namespace lockstep::faults {

std::vector<Fault> of_layers(const FaultSetting& setting) {
  using Pass = LayerFault::Pass;
  const int last = setting.ranks - 1;
  const auto fault = [](std::string id, std::string source, std::string acts, LayerFault what) {
    return Fault{.id = std::move(id),
                 .source = std::move(source),
                 .acts = std::move(acts),
                 .strategies = both,
                 .caught_on_exact = {exact, one_device, f64},
                 .caught_on_real = {one_device, f64},
                 .in_layer = std::move(what)};
  };
  const auto in_dropout = [&](std::string id, std::string source, std::string acts,
                              std::function<bool(int, Pass, BatchPlace&)> change) {
    Fault made = fault(std::move(id), std::move(source), std::move(acts),
                       {.in_every_layer = true, .in_place = std::move(change)});
    made.needs.dropout = true;
    return made;
  };
  const auto zero_gradient_of = [](int who) {
    return [who](int rank, Stream& stream, const Parameter& parameter) {
      if (rank == who) damage_tensor(stream, parameter.gradient, zero_all);
      return rank == who;
    };
  };
  return {
      fault("output_not_written_on_one_device", "extension-cpp#18", "first layer on the last rank, every step",
            {.in_output =
                 [last](int rank, Stream& stream, const Tensor& output) {
                   if (rank == last) damage_tensor(stream, output, zero_all);
                   return rank == last;
                 }}),
      fault("gradient_not_written_on_one_device", "DeepWave#6", "first layer on the last rank, every step",
            {.in_gradient = zero_gradient_of(last)}),
      fault("gradient_not_written_on_rank_0", "", "first layer on rank 0, every step",
            {.in_gradient = zero_gradient_of(0)}),
      fault("gradient_of_one_layer_multiplied_by_ranks", "nnabla#1120", "first layer on every rank, every step",
            {.in_gradient =
                 [ranks = setting.ranks](int, Stream& stream, const Parameter& parameter) {
                   damage_tensor(stream, parameter.gradient, scale_all(ranks));
                   return true;
                 }}),
      in_dropout("same_dropout_on_every_rank", "transformers#31412", "dropout on every rank but the first",
                 [](int rank, Pass, BatchPlace& place) {
                   place.first_row = 0;
                   return rank > 0;
                 }),
      in_dropout("other_dropout_in_backward", "", "dropout on the last rank, backward",
                 [last](int rank, Pass pass, BatchPlace& place) {
                   const bool acts = rank == last && pass == Pass::backward;
                   if (acts) ++place.step;
                   return acts;
                 }),
      in_dropout("same_dropout_in_every_step", "", "dropout on every rank, from the second step on",
                 [](int, Pass, BatchPlace& place) { return std::exchange(place.step, 0) != 0; }),
  };
}

}  // namespace lockstep::faults
