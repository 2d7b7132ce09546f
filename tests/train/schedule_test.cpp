#include "harness/train/optimizers/schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace lockstep {
namespace {

std::vector<double> rates(const Schedule& schedule, std::int64_t updates) {
  std::vector<double> result;
  for (std::int64_t number = 1; number <= updates; ++number) result.push_back(learning_rate_at(schedule, 0.8, number));
  return result;
}

TEST(Schedule, ConstantIsTheFullRate) { EXPECT_EQ(rates({}, 3), (std::vector<double>{0.8, 0.8, 0.8})); }

TEST(Schedule, WarmUpRisesFromZeroInEqualSteps) {
  EXPECT_EQ(rates({.warmup_steps = 4}, 6), (std::vector<double>{0, 0.2, 0.4, 0.8 * 3 / 4, 0.8, 0.8}));
}

// As by torch's LambdaLR with s/w, then (1 + cos(π·(s − w)/(T − w)))/2.
TEST(Schedule, CosineByHand) {
  const Schedule schedule{.kind = Schedule::Kind::cosine, .warmup_steps = 2, .min_learning_rate = 0.2, .steps = 6};
  const double eighth = (1 + std::numbers::sqrt2 / 2) / 2;  // a quarter of the way
  const std::vector<double> expected{0, 0.4, 0.8, 0.2 + 0.6 * eighth, 0.5, 0.2 + 0.6 * (1 - eighth), 0.2, 0.2};
  const std::vector<double> found = rates(schedule, 8);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-15) << i;
}

TEST(SchedulePlant, ANumberCountedFromZeroIsSeen) {
  const Schedule schedule{.kind = Schedule::Kind::cosine, .steps = 4};
  EXPECT_EQ(learning_rate_at(schedule, 1, 1), 1);
  EXPECT_LT(learning_rate_at(schedule, 1, 2), 0.9);
}

}  // namespace
}  // namespace lockstep
