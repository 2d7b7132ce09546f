#include "harness/run/families/timed_training.hpp"

#include <algorithm>

#include "harness/measure/checks/training.hpp"
#include "harness/measure/tensor_hash.hpp"
#include "harness/run/observations.hpp"

namespace lockstep {
namespace {

/// What each rank that updates holds after the last step: more than one of them, or nothing to compare.
std::vector<std::uint64_t> final_parameters(Trainer& candidate) {
  std::vector<std::optional<std::uint64_t>> hashes(candidate.world().ranks.size());
  candidate.on_every_rank([&](Rank& rank, Strategy& strategy) {
    if (strategy.optimizer() != nullptr)
      hashes[static_cast<std::size_t>(rank.index)] =
          hash_of(strategy.compute(), strategy.model().parameters().values());
  });
  std::vector<std::uint64_t> held;
  for (const auto& hash : hashes)
    if (hash) held.push_back(*hash);
  return held;
}

}  // namespace

StoppingLimits limits_of(const RunSpec& run, bool is_measurable) {
  return {.relative_error = run.relative_error,
          .min_samples = is_measurable ? run.repetitions : 1,
          .max_samples = is_measurable ? run.max_repetitions : 1,
          .max_time = run.max_time};
}

std::vector<CheckResult> check_timed_training(Trainer& baseline, Trainer& candidate, bool is_same_training,
                                              DType dtype) {
  const std::vector<double> losses = candidate.take_losses();
  std::vector<CheckResult> checks{check_losses(losses)};
  if (is_same_training) checks.push_back(check_same_losses(losses, baseline.take_losses(), dtype));
  if (const auto held = final_parameters(candidate); held.size() > 1) {
    const auto wrong = std::ranges::count_if(held, [&](std::uint64_t hash) { return hash != held[0]; });
    checks.push_back(judged("replicas", held.size() - 1, static_cast<double>(wrong), 0,
                            "replicas hold the same bits after the last step"));
  }
  return checks;
}

void clear_values(std::vector<Metric>& metrics) {
  for (Metric& metric : metrics) {
    metric.value = metric.low = metric.high = std::nullopt;
    metric.has_samples = false;
    metric.blocks.clear();
  }
}

std::vector<TrafficPerStep> traffic_of_blocks(const Scenario& scenario, const std::vector<Block>& blocks) {
  Traffic traffic;
  for (const Block& block : blocks) traffic += block.traffic;
  return traffic_of(traffic, blocks.size() * scenario.train.steps);
}

}  // namespace lockstep
