#include "tests/cuda/small_training.hpp"

#include "tests/train/fixture.hpp"

namespace lockstep {

std::vector<float> train_small(World& world, const std::string& strategy_name, std::size_t steps) {
  constexpr std::size_t batch = 16;
  const ExactTraining exact;
  const StrategyOptions options{.buckets = {.first = 64, .others = 1024}};
  std::vector<float> parameters;
  on_every_rank(world, [&](Rank& rank) {
    BatchLoader source{*rank.device, exact.dataset,
                       [&](std::size_t step) {
                         std::vector<SampleId> ids;
                         for (std::size_t i = 0; i < batch; ++i) ids.push_back(static_cast<SampleId>(step * batch + i));
                         return ids;
                       },
                       DType::f32};
    const auto strategy = make_strategy(strategy_name, rank, exact.training, options);
    for (std::size_t step = 0; step < steps; ++step) strategy->step(step, source);
    strategy->compute().synchronize();
    if (rank.index == 0) parameters = to_host<float>(strategy->compute(), strategy->model().parameters().values());
  });
  return parameters;
}

}  // namespace lockstep
