#include "harness/measure/median_bootstrap.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/base/error.hpp"
#include "harness/base/random.hpp"

namespace lockstep {
namespace {

using Values = std::vector<double>;

/// Around `center`, with 2 % of scatter.
Values noisy(double center, std::size_t count, std::uint64_t seed) {
  const RandomStream random{seed, 0};
  Values values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = center * (1 + 0.02 * random.normal(i));
  return values;
}

TEST(MedianRatio, interval_holds_the_true_ratio_about_as_often_as_it_says) {
  MedianBootstrap bootstrap{0.95};
  int held = 0;
  constexpr int trials = 500;
  for (std::uint64_t seed = 0; seed < trials; ++seed) {
    const Interval interval = bootstrap.median_ratio(noisy(1.1, 20, 2 * seed), noisy(1, 20, 2 * seed + 1));
    held += interval.low <= 1.1 && 1.1 <= interval.high;
  }
  EXPECT_GE(held, trials * 0.92);
  EXPECT_LE(held, trials * 0.985);
}

TEST(MedianRatio, interval_is_wider_at_a_higher_level) {
  const Values a = noisy(2, 12, 1), b = noisy(1, 12, 2);
  const Interval wide = MedianBootstrap{0.98}.median_ratio(a, b);
  const Interval narrow = MedianBootstrap{0.8}.median_ratio(a, b);
  EXPECT_LT(wide.low, narrow.low);
  EXPECT_GT(wide.high, narrow.high);
}

TEST(MedianRatio, of_constants_is_their_ratio) {
  MedianBootstrap bootstrap{0.98};
  const Interval interval = bootstrap.median_ratio(Values{3, 3, 3, 3}, Values{2, 2, 2});
  EXPECT_EQ(interval.low, 1.5);
  EXPECT_EQ(interval.high, 1.5);
}

TEST(MedianRatio, draws_the_two_samples_independently) {
  // The same values on both sides: were the draws the same, every ratio would be 1.
  MedianBootstrap bootstrap{0.98};
  const Values values = noisy(1, 15, 5);
  const Interval interval = bootstrap.median_ratio(values, values);
  EXPECT_LT(interval.low, 1);
  EXPECT_GT(interval.high, 1);
}

TEST(MedianBootstrap, is_reproducible_and_depends_on_the_seed) {
  const Values values = noisy(1, 400, 9);
  const auto low = [&](std::uint64_t seed) { return MedianBootstrap{0.5, seed}.median(values).low; };
  EXPECT_EQ(low(1), low(1));
  EXPECT_FALSE(low(1) == low(2) && low(1) == low(3) && low(1) == low(4));
}

TEST(MedianBootstrap, of_nothing_is_an_error) {
  EXPECT_THROW(static_cast<void>(MedianBootstrap{0.9}.median(Values{})), InternalError);
}

}  // namespace
}  // namespace lockstep
