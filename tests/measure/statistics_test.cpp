#include "harness/measure/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "harness/base/error.hpp"
#include "harness/base/random.hpp"

namespace lockstep {
namespace {

using Values = std::vector<double>;

TEST(Median, is_the_middle_value) {
  EXPECT_EQ(median({3}), 3);
  EXPECT_EQ(median({5, 1, 3}), 3);
  EXPECT_EQ(median({9, 1, 7, 3, 5}), 5);
  EXPECT_EQ(median({2, 2, 2, 1, 9}), 2);
}

TEST(Median, is_the_mean_of_the_two_middle_values) {
  EXPECT_EQ(median({1, 2}), 1.5);
  EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(median({7, 7, 1, 7}), 7);
}

TEST(Median, does_not_follow_an_outlier) { EXPECT_EQ(median({1, 2, 3, 4, 1e300}), 3); }

TEST(Median, of_nothing_is_an_error) { EXPECT_THROW(median({}), InternalError); }

TEST(Spread, is_the_scaled_median_deviation) {
  // Deviations from 3: 2, 1, 0, 1, 97.
  EXPECT_DOUBLE_EQ(spread(Values{1, 2, 3, 4, 100}), 1.4826);
  EXPECT_EQ(spread(Values{5}), 0);
  EXPECT_EQ(spread(Values{5, 5, 5, 9}), 0);
}

TEST(Spread, estimates_the_standard_deviation_of_normal_data) {
  const RandomStream random{1, 0};
  Values values;
  for (std::uint64_t i = 0; i < 10000; ++i) values.push_back(100 + 7 * random.normal(i));
  EXPECT_NEAR(spread(values), 7, 0.35);
}

TEST(MedianInterval, of_one_or_of_equal_values_is_a_point) {
  for (const Values& values : {Values{4}, Values(30, 4.0)}) {
    const Interval interval = median_interval(values);
    EXPECT_EQ(interval.low, 4);
    EXPECT_EQ(interval.high, 4);
  }
}

// The median of a resample of 3 is the least value with probability 7/27: far above 2.5 %.
TEST(MedianInterval, of_three_values_is_their_range) {
  const Interval interval = median_interval(Values{8, 1, 3});
  EXPECT_EQ(interval.low, 1);
  EXPECT_EQ(interval.high, 8);
}

/// P(a binomial variable ≥ `least`), n draws of probability p.
double binomial_tail(int n, int least, double p) {
  double sum = 0;
  for (int k = least; k <= n; ++k)
    sum += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) + k * std::log(p) +
                    (n - k) * std::log1p(-p));
  return sum;
}

// For odd n the bootstrap's distribution is known: the median of a resample of 1 … n is ≤ k with the probability that
// more than half of n draws are among the k least.
TEST(MedianInterval, ends_where_the_exact_distribution_has_its_tails) {
  for (const int n : {15, 25, 51}) {
    Values values(static_cast<std::size_t>(n));
    std::iota(values.begin(), values.end(), 1.0);
    const Interval interval = median_interval(values);
    const auto at_most = [n](double k) { return k < 1 ? 0 : binomial_tail(n, n / 2 + 1, k / n); };
    // 2000 resamples know a probability of 2.5 % to ±0.35 %; four of these on either side.
    EXPECT_GT(at_most(interval.low), 0.025 - 0.014) << n;
    EXPECT_LT(at_most(interval.low - 1), 0.025 + 0.014) << n;
    EXPECT_EQ(interval.low + interval.high, n + 1) << "symmetric like the data, n = " << n;
  }
}

TEST(MedianInterval, contains_the_true_median_nineteen_times_in_twenty) {
  const RandomStream random{2, 0};
  std::uint64_t draw = 0;
  int hits = 0;
  constexpr int repeats = 300;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    Values values(25);
    for (double& value : values) value = random.normal(draw++);
    const Interval interval = median_interval(values, static_cast<std::uint64_t>(repeat));
    hits += interval.low <= 0 && 0 <= interval.high ? 1 : 0;
  }
  // The standard deviation of the share is 1.3 %.
  EXPECT_NEAR(hits / static_cast<double>(repeats), 0.95, 0.04);
}

TEST(MedianInterval, is_the_same_for_the_same_seed) {
  const RandomStream random{3, 0};
  Values values(20);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = random.uniform(i);
  const Interval first = median_interval(values, 9);
  const Interval second = median_interval(values, 9);
  EXPECT_EQ(first.low, second.low);
  EXPECT_EQ(first.high, second.high);
  EXPECT_LE(first.low, median(values));
  EXPECT_GE(first.high, median(values));
}

TEST(MedianInterval, of_nothing_is_an_error) { EXPECT_THROW(median_interval({}), InternalError); }

}  // namespace
}  // namespace lockstep
