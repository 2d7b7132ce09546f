#include <algorithm>
#include <cmath>

#include "harness/faults/catalogue/parts.hpp"

namespace lockstep::faults {
namespace {

double norm_of(std::span<const float> values) {
  double squares = 0;
  for (const float value : values) squares += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(squares);
}

}  // namespace

// The training's own clipping is out of the way; the fault does it instead.
std::vector<Fault> of_clipping(const FaultSetting& setting) {
  using Values = std::span<float>;
  const int ranks = setting.ranks;
  const double clip_norm = setting.clip_norm;
  const auto clip = [clip_norm](Values values, double norm) {
    scale_all(std::min(1.0, clip_norm / (norm + 1e-6)))(values);
  };
  const auto fault = [&](std::string id, std::string source, std::function<void(Values values)> change) {
    return Fault{.id = std::move(id),
                 .source = std::move(source),
                 .acts = "gradients of every updating rank, every step",
                 .strategies = both,
                 .caught_on_real = {one_device, f64, clipping},
                 .needs = {.clipping = true},
                 .in_update =
                     [change](Strategy& strategy) {
                       if (strategy.optimizer() == nullptr) return;
                       damage_tensor(strategy.compute(), strategy.model().parameters().gradients(), change);
                     },
                 .in_training = [](Training& training) { training.rules.clip_norm = 1e30; },
                 .in_recording = [clip_norm](Recording& run) { run.clip_norm = clip_norm; }};
  };
  return {
      fault("gradients_not_clipped", "transformers#46113", [](Values) {}),
      fault("gradients_clipped_twice", "",
            [clip](Values values) {
              const double norm = norm_of(values);
              clip(values, norm);
              clip(values, norm);
            }),
      // Of gradients that are reduced already: a norm of .8 on two ranks becomes 1.131371, and .8 then .707107.
      fault("norm_summed_over_ranks", "twinkle#290",
            [clip, ranks](Values values) { clip(values, norm_of(values) * std::sqrt(ranks)); }),
      fault("norm_of_one_part", "", [clip](Values values) { clip(values, norm_of(values.last(values.size() / 3))); }),
      fault("parts_clipped_by_themselves", "",
            [clip](Values values) {
              const std::size_t half = values.size() / 2;
              for (const Values part : {values.first(half), values.subspan(half)}) clip(part, norm_of(part));
            }),
      fault("clipped_by_value", "",
            [limit = static_cast<float>(clip_norm / 5)](Values values) {
              for (float& gradient : values) gradient = std::clamp(gradient, -limit, limit);
            }),
      {.id = "clipped_on_each_rank_before_the_sum",
       .source = "diffusers#721",
       .strategies = both,
       .caught_on_real = {reduction, one_device, f64},
       .needs = {.clipping = true},
       .in_communication = Plant{{sums, all_ranks(ranks)}, damaged_contribution([clip, ranks](Values values) {
                                   // A rank's own mean is that much larger than its part of the global one, and a
                                   // bucket is a part of it.
                                   clip(values, 4 * ranks * norm_of(values));
                                 })}},
      {.id = "norm_off_by_a_bit_of_f32",
       .acts = "norm of rank 0, step 1",
       .strategies = both,
       .caught_on_real = {clipping},
       .needs = {.clipping = true},
       .in_recording = [](Recording& run) { run.steps[1].ranks[0].gradient_norm *= 1 + 0x1p-24; }},
  };
}

}  // namespace lockstep::faults
