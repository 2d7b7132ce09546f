#include "harness/measure/paired_times.hpp"

#include <gtest/gtest.h>

#include "harness/base/error.hpp"

namespace lockstep {
namespace {

using Values = std::vector<double>;

TEST(PairedTimes, ratios_are_of_each_pair) {
  EXPECT_EQ(ratios({{4, 6}, {2, 4}}), (Values{2, 1.5}));
  EXPECT_THROW(ratios({{4, 6}, {2}}), InternalError);
}

// The order is A B, B A, A B, B A: neighbours of the same side are B0 B1, A1 A2, B2 B3.
TEST(PairedTimes, the_same_side_is_compared_where_it_was_measured_twice_in_a_row) {
  const PairedTimes times{.baseline = {10, 12, 16, 20}, .candidate = {3, 4, 5, 8}};
  EXPECT_EQ(same_side_ratios(times), (Values{3.0 / 4, 12.0 / 16, 5.0 / 8}));
  EXPECT_TRUE(same_side_ratios({{1}, {1}}).empty());
}

// A/A ratios 1/1, 1/1.25 and 1/1: of three values the interval is the range, 0.8 to 1, and 1/0.8 is 25 % from 1.
TEST(NoiseFloor, is_the_largest_difference_that_equal_sides_may_show) {
  const PairedTimes times{.baseline = {7, 1, 1.25, 9}, .candidate = {1, 1, 3, 3}};
  EXPECT_EQ(same_side_ratios(times), (Values{1, 0.8, 1}));
  EXPECT_DOUBLE_EQ(noise_floor(times).value(), 0.25);
}

TEST(NoiseFloor, is_the_same_in_both_directions) {
  const PairedTimes slower{.baseline = {1, 1, 1.25, 1}, .candidate = {1, 1, 1, 1}};
  const PairedTimes faster{.baseline = {1, 1.25, 1, 1}, .candidate = {1, 1, 1, 1}};
  EXPECT_DOUBLE_EQ(*noise_floor(slower), *noise_floor(faster));
}

TEST(NoiseFloor, does_not_depend_on_the_difference_of_the_sides) {
  EXPECT_EQ(noise_floor({{8, 8, 8, 8}, {1, 1, 1, 1}}), 0);
}

TEST(NoiseFloor, needs_three_pairs) {
  EXPECT_FALSE(noise_floor({{1, 1}, {1, 1}}));
  EXPECT_FALSE(noise_floor({}));
  EXPECT_TRUE(noise_floor({{1, 1, 1}, {1, 1, 1}}));
}

TEST(Effect, is_farther_from_one_than_the_noise_floor) {
  EXPECT_TRUE(is_effect(1.5, {1.4, 1.6}, 0.1));
  EXPECT_TRUE(is_effect(0.5, {0.4, 0.6}, 0.1));
  EXPECT_FALSE(is_effect(1.05, {1.04, 1.06}, 0.1)) << "below the floor";
  EXPECT_FALSE(is_effect(0.95, {0.94, 0.96}, 0.1)) << "below the floor";
  EXPECT_FALSE(is_effect(1.5, {0.9, 2.0}, 0.1)) << "its interval holds 1";
  EXPECT_FALSE(is_effect(1, {1, 1}, 0)) << "no difference at all";
}

}  // namespace
}  // namespace lockstep
