#include "harness/measure/detection.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "harness/base/error.hpp"
#include "harness/base/random.hpp"
#include "harness/measure/rank_tests.hpp"

namespace lockstep {
namespace {

using Values = std::vector<double>;

Values noisy(double center, double scatter, std::size_t count, std::uint64_t seed) {
  const RandomStream random{seed, 0};
  Values values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = center * (1 + scatter * random.normal(i));
  return values;
}

TEST(BlockNoise, is_zero_for_equal_blocks) { EXPECT_EQ(block_noise(Values{2, 2, 2, 2}), 0); }

TEST(BlockNoise, sees_drift_that_neighbours_hide) {
  // One percent from block to block, 9 % from the first to the last: the halves' medians are 2 and 7 steps up.
  Values drifting;
  for (int i = 0; i < 10; ++i) drifting.push_back(100 + i);
  EXPECT_GE(*block_noise(drifting), 107.0 / 102 - 1);
}

TEST(BlockNoise, sees_a_step_wherever_it_is) {
  for (int step = 0; step < 20; ++step) {
    Values blocks;
    for (int i = 0; i < 20; ++i) blocks.push_back((i + step) % 20 < 13 ? 1 : 1.1);
    EXPECT_NEAR(*block_noise(blocks), 0.1, 1e-12) << step;  // most are alike, so scatter alone sees nothing
  }
}

TEST(BlockNoise, of_scatter_covers_what_equal_sides_show) {
  // Known from 12 blocks only, so a little less often than in 99 of 100.
  int covered = 0;
  constexpr int trials = 300;
  for (std::uint64_t seed = 0; seed < trials; ++seed) {
    const Values a = noisy(1, 0.02, 12, 2 * seed), b = noisy(1, 0.02, 12, 2 * seed + 1);
    const auto middle = [](const Values& values) {
      Values sorted = values;
      std::sort(sorted.begin(), sorted.end());
      return (sorted[5] + sorted[6]) / 2;
    };
    const double ratio = middle(a) / middle(b);
    covered += std::max(ratio, 1 / ratio) - 1 <= std::max(*block_noise(a), *block_noise(b));
  }
  EXPECT_GE(covered, trials * 0.97);
}

TEST(BlockNoise, says_nothing_about_too_little) {
  EXPECT_FALSE(block_noise(Values{1, 2, 3}));
  EXPECT_FALSE(block_noise(Values{1, 2, 0, 3}));
}

TEST(DetectableEffect, is_found_with_the_power_that_it_says) {
  // Of two sides with 2 % of scatter that differ by the detectable effect, nine in ten are told apart.
  const double scatter = 0.02, alpha = 0.01;
  const double effect =
      *detectable_effect(noisy(1, scatter, 4000, 1), noisy(1, scatter, 4000, 2), alpha) * std::sqrt(4000.0 / 14);
  EXPECT_NEAR(effect, 0.03, 0.001);  // 14 blocks a side see 3 %
  MannWhitneyTest test;
  int found = 0;
  constexpr int trials = 600;
  for (std::uint64_t seed = 0; seed < trials; ++seed)
    found += test.p(noisy(1, scatter, 14, 10 + 2 * seed), noisy(1 + effect, scatter, 14, 11 + 2 * seed)) <= alpha;
  EXPECT_NEAR(found, trials * power, trials * 0.05);
}

TEST(DetectableEffect, needs_two_values_above_zero_a_side) {
  EXPECT_FALSE(detectable_effect(Values{1}, Values{1, 2}, 0.01));
  EXPECT_FALSE(detectable_effect(Values{1, 2}, Values{-1, 2}, 0.01));
}

TEST(BlocksNeeded, grow_with_the_square_of_the_noise) {
  EXPECT_EQ(blocks_needed(10, 0.06, 0.03), 40U);
  EXPECT_EQ(blocks_needed(10, 0.01, 0.03), 10U);
  EXPECT_THROW(blocks_needed(10, 0.01, 0), InternalError);
}

}  // namespace
}  // namespace lockstep
