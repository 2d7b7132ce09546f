// Running statistics under dp and ddp, by the numbers that follow from torch's rules.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/data/batch_loader.hpp"
#include "harness/data/inline_data.hpp"
#include "harness/device/cpu/cpu_world.hpp"
#include "harness/train/layers/batch_norm.hpp"
#include "harness/train/strategy/strategy.hpp"

namespace lockstep {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;

/// Running mean and running variance of the one channel.
using Statistics = std::vector<double>;

/// The mean and the unbiased variance of 1 … 4 (device 0's piece), of 5 … 8 (device 1's) and of 1 … 8.
constexpr double mean_of_piece_0 = 2.5;
constexpr double mean_of_piece_1 = 6.5;
constexpr double mean_of_all = 4.5;
constexpr double variance_of_piece = 5.0 / 3;
constexpr double variance_of_all = 6;

/// What is left of `before`, and a tenth of what was seen: torch's momentum of 0.1.
double after(double before, double seen) { return 0.9 * before + 0.1 * seen; }

/// The samples 1 … 8, normalised; each step is on all of them.
struct Subject {
  Subject() {
    training.architecture.sample = {1, 1, 1};
    training.architecture.add(std::make_unique<BatchNorm>("norm", 1));
    training.initial_values = {1, 0};
    training.optimizer = kernels::SgdSettings{.learning_rate = 0.5};
    training.loss = Loss::mse;
    training.dtype = DType::f64;
  }

  Training training;
  Dataset dataset =
      make_inline_values({{1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}}, {{1}, {1}, {1}, {1}, {1}, {1}, {1}, {1}});
};

/// statistics[step][rank], after the step.
std::vector<std::vector<Statistics>> statistics_of(const std::string& strategy, int ranks, std::size_t steps) {
  const Subject subject;
  World world = cpu::open_world({.ranks = ranks});
  std::vector<std::vector<Statistics>> result(steps, std::vector<Statistics>(static_cast<std::size_t>(ranks)));
  on_every_rank(world, [&](Rank& rank) {
    const auto part = make_strategy(strategy, rank, subject.training, {});
    BatchLoader source{*rank.device, subject.dataset,
                       [](std::size_t) { return std::vector<SampleId>{0, 1, 2, 3, 4, 5, 6, 7}; }, DType::f64};
    for (std::size_t step = 0; step < steps; ++step) {
      part->step(step, source);
      result[step][static_cast<std::size_t>(rank.index)] =
          to_host<double>(part->compute(), part->model().buffers().values());
    }
  });
  return result;
}

TEST(RunningStatistics, of_one_device_are_of_the_batch) {
  const auto statistics = statistics_of("single", 1, 1);
  EXPECT_THAT(statistics[0][0], ElementsAre(DoubleEq(after(0, mean_of_all)), DoubleEq(after(1, variance_of_all))));
}

TEST(RunningStatistics, B26_of_dp_are_of_device_0s_piece) {
  const auto statistics = statistics_of("dp", 2, 2);
  const Statistics first{after(0, mean_of_piece_0), after(1, variance_of_piece)};
  EXPECT_THAT(statistics[0][0], ElementsAre(DoubleEq(first[0]), DoubleEq(first[1])));
  EXPECT_THAT(statistics[1][0],
              ElementsAre(DoubleEq(after(first[0], mean_of_piece_0)), DoubleEq(after(first[1], variance_of_piece))));
}

TEST(RunningStatistics, B73_of_ddp_differ_between_the_ranks_after_a_step) {
  const auto statistics = statistics_of("ddp", 2, 1);
  EXPECT_THAT(statistics[0][0][0], DoubleEq(after(0, mean_of_piece_0)));
  EXPECT_THAT(statistics[0][1][0], DoubleEq(after(0, mean_of_piece_1)));
}

TEST(RunningStatistics, B72_of_ddp_start_each_step_from_rank_0s) {
  const auto statistics = statistics_of("ddp", 2, 2);
  const double of_rank_0 = after(0, mean_of_piece_0);
  EXPECT_THAT(statistics[1][0][0], DoubleEq(after(of_rank_0, mean_of_piece_0)));
  EXPECT_THAT(statistics[1][1][0], DoubleEq(after(of_rank_0, mean_of_piece_1)))
      << "were rank 1's own kept, it would be " << after(after(0, mean_of_piece_1), mean_of_piece_1);
}

}  // namespace
}  // namespace lockstep
