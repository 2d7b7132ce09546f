#include "harness/measure/change_points.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/base/error.hpp"
#include "harness/base/random.hpp"

namespace lockstep {
namespace {

using Values = std::vector<double>;

/// Levels of 20 values each with this relative scatter.
Values levels(const Values& centers, double scatter, std::uint64_t seed, std::size_t length = 20) {
  const RandomStream random{seed, 0};
  Values values;
  for (const double center : centers)
    for (std::size_t i = 0; i < length; ++i) values.push_back(center * (1 + scatter * random.normal(values.size())));
  return values;
}

TEST(ChangePoints, are_where_the_level_changes) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto found = find_change_points(levels({1, 1.1}, 0.01, seed));
    ASSERT_EQ(found.size(), 1U) << seed;
    EXPECT_NEAR(static_cast<double>(found[0].at), 20, 1) << seed;
    EXPECT_NEAR(found[0].ratio, 1.1, 0.02) << seed;
    EXPECT_LT(found[0].p, 1e-6) << seed;
  }
}

TEST(ChangePoints, of_several_levels_are_all_found) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto found = find_change_points(levels({1, 1.2, 0.9, 1}, 0.02, seed));
    ASSERT_EQ(found.size(), 3U) << seed;
    EXPECT_GT(found[0].ratio, 1);
    EXPECT_LT(found[1].ratio, 1);
    EXPECT_GT(found[2].ratio, 1);
  }
}

TEST(ChangePoints, outliers_are_none) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Values values = levels({1}, 0.01, seed, 40);
    values[7] = 3;
    values[21] = values[22] = 0.2;
    EXPECT_TRUE(find_change_points(values).empty()) << seed;
  }
}

TEST(ChangePoints, a_few_outliers_among_equal_values_are_none) {
  // Without noise a level costs nothing, and these five would be one; three of them prove nothing.
  Values values(20, 1.0);
  values.insert(values.end(), {1.5, 1, 1.5, 1, 1.5});
  values.insert(values.end(), 10, 1.0);
  EXPECT_TRUE(find_change_points(values).empty());
}

TEST(ChangePoints, small_steps_are_not_worth_a_mark) {
  EXPECT_TRUE(find_change_points(levels({1, 1.02}, 0.001, 1)).empty());
  EXPECT_EQ(find_change_points(levels({1, 1.04}, 0.001, 1)).size(), 1U);
}

/// One level with scatter of heavy tails: Student's t with two degrees of freedom, which has no variance.
Values heavy_tailed(double scatter, std::uint64_t seed, std::size_t length) {
  const RandomStream random{seed, 0};
  Values values;
  for (std::size_t i = 0; i < length; ++i) {
    const double chi = std::hypot(random.normal(3 * i), random.normal(3 * i + 1)) / std::sqrt(2.0);
    values.push_back(std::exp(scatter * random.normal(3 * i + 2) / chi));
  }
  return values;
}

/// One level from which the values wander: each is correlated with the one before.
Values wandering(double scatter, double correlation, std::uint64_t seed, std::size_t length) {
  const RandomStream random{seed, 0};
  Values values;
  double distance = 0;
  for (std::size_t i = 0; i < length; ++i) {
    distance = correlation * distance + std::sqrt(1 - correlation * correlation) * random.normal(i);
    values.push_back(std::exp(scatter * distance));
  }
  return values;
}

/// Of 500 series that `make` makes from seeds.
template <typename Make>
int alarms_of(const Make& make) {
  int alarms = 0;
  for (std::uint64_t seed = 1000; seed < 1500; ++seed) alarms += !find_change_points(make(seed)).empty();
  return alarms;
}

TEST(ChangePoints, raise_false_alarms_in_less_than_one_of_a_hundred_series) {
  for (const std::size_t length : {20U, 60U, 120U}) {
    for (const double scatter : {0.01, 0.1})
      EXPECT_LT(alarms_of([&](std::uint64_t seed) { return levels({1}, scatter, seed, length); }), 5)
          << scatter << ", " << length;
    EXPECT_LT(alarms_of([&](std::uint64_t seed) { return heavy_tailed(0.03, seed, length); }), 5) << length;
  }
}

TEST(ChangePoints, cannot_tell_a_machine_that_wanders_from_one_that_steps) {
  const int little = alarms_of([](std::uint64_t seed) { return wandering(0.03, 0.5, seed, 60); });
  const int much = alarms_of([](std::uint64_t seed) { return wandering(0.03, 0.8, seed, 60); });
  EXPECT_LE(little, 30);  // of 500
  EXPECT_GE(much, 100);
}

TEST(ChangePoints, follow_a_slow_drift_as_steps) {
  Values values;
  for (int i = 0; i < 60; ++i) values.push_back(1 + 0.01 * i);
  EXPECT_GE(find_change_points(values).size(), 1U);
}

TEST(ChangePoints, need_twenty_values) {
  EXPECT_TRUE(find_change_points(levels({1, 2}, 0.001, 1, 9)).empty());
  EXPECT_EQ(find_change_points(levels({1, 2}, 0.001, 1, 10)).size(), 1U);
  EXPECT_TRUE(find_change_points(Values{}).empty());
}

TEST(ChangePoints, of_constant_values_are_none) { EXPECT_TRUE(find_change_points(Values(30, 2.0)).empty()); }

TEST(ChangePoints, of_a_long_history_come_from_its_end) {
  Values values = levels({1}, 0.01, 1, 1000);
  const Values rest = levels({1, 1.3}, 0.01, 2, 1000);
  values.insert(values.end(), rest.begin(), rest.end());
  const auto found = find_change_points(values);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NEAR(static_cast<double>(found[0].at), 2000, 1);
}

TEST(ChangePoints, of_values_that_are_not_above_zero_are_a_bug) {
  Values values(30, 1.0);
  values[3] = 0;
  EXPECT_THROW(find_change_points(values), InternalError);
}

}  // namespace
}  // namespace lockstep
