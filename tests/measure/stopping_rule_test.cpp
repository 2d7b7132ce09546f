// The rule with a clock that only the test moves.
#include "harness/measure/stopping_rule.hpp"

#include <gtest/gtest.h>

#include "harness/base/error.hpp"

namespace lockstep {
namespace {

using Reason = StoppingRule::Reason;

class StoppingRuleTest : public ::testing::Test {
 protected:
  StoppingRule rule(const StoppingLimits& limits) {
    return StoppingRule{limits, [this] { return now_; }};
  }
  Seconds now_{1000};
};

constexpr StoppingLimits limits{.relative_error = 0.05, .min_samples = 3, .max_samples = 6, .max_time = Seconds{10}};

TEST_F(StoppingRuleTest, stops_as_soon_as_the_median_is_precise) {
  StoppingRule precise = rule(limits);
  for (int sample = 0; sample < 3; ++sample) {
    EXPECT_FALSE(precise.reason()) << "after " << sample << " samples";
    precise.add(2.0);
  }
  EXPECT_EQ(precise.reason(), Reason::precise);
  EXPECT_EQ(precise.explanation("blocks"), "measured 3 blocks: the median is known to ±0 %");
}

// The interval of three values is their range, so the error of 9, 10, 11 is 1/10.
TEST_F(StoppingRuleTest, goes_on_until_there_are_enough_samples) {
  StoppingRule noisy = rule(limits);
  for (const double sample : {9.0, 10.0, 11.0, 9.0, 11.0}) {
    noisy.add(sample);
    EXPECT_FALSE(noisy.reason());
  }
  noisy.add(10.0);
  EXPECT_EQ(noisy.reason(), Reason::max_samples);
  EXPECT_EQ(noisy.explanation("pairs"),
            "measured 6 pairs: no more were asked for, the median is known to ±10 %, asked for ±5 %");
}

TEST_F(StoppingRuleTest, stops_when_time_is_up) {
  StoppingRule slow = rule(limits);
  for (const double sample : {9.0, 10.0, 11.0}) slow.add(sample);
  now_ += Seconds{9.5};
  EXPECT_FALSE(slow.reason());
  now_ += Seconds{0.5};
  EXPECT_EQ(slow.reason(), Reason::max_time);
  EXPECT_EQ(slow.explanation("pairs"),
            "measured 3 pairs: the time of 10.0 s was up, the median is known to ±10 %, asked for ±5 %");
}

TEST_F(StoppingRuleTest, takes_the_least_number_of_samples_whatever_the_time) {
  StoppingRule late = rule(limits);
  late.add(1);
  late.add(1);
  now_ += Seconds{3600};
  EXPECT_FALSE(late.reason());
  late.add(1);
  EXPECT_EQ(late.reason(), Reason::precise) << "precise although it is late";
}

TEST_F(StoppingRuleTest, time_counts_from_its_start) {
  now_ = Seconds{5};
  StoppingRule rule_at_five =
      rule({.relative_error = 0.01, .min_samples = 1, .max_samples = 9, .max_time = Seconds{10}});
  rule_at_five.add(1);
  now_ = Seconds{14};
  EXPECT_FALSE(rule_at_five.reason());
  now_ = Seconds{15};
  EXPECT_EQ(rule_at_five.reason(), Reason::max_time);
}

TEST_F(StoppingRuleTest, one_sample_is_not_precise) {
  StoppingRule one = rule({.relative_error = 0.5, .min_samples = 1, .max_samples = 1, .max_time = Seconds{1}});
  one.add(4);
  EXPECT_EQ(one.reason(), Reason::max_samples);
  EXPECT_EQ(one.explanation("pairs"),
            "measured 1 pairs: no more were asked for, and the error of the median is not known");
}

TEST_F(StoppingRuleTest, has_nothing_to_explain_before_it_stops) {
  EXPECT_THROW((void)rule(limits).explanation("pairs"), InternalError);
}

TEST(RelativeError, is_half_the_interval_as_a_share_of_the_median) {
  EXPECT_FALSE(relative_error_of_median({}));
  EXPECT_FALSE(relative_error_of_median(std::vector{3.0}));
  EXPECT_EQ(relative_error_of_median(std::vector{8.0, 1.0, 4.0}), 3.5 / 4);
  EXPECT_EQ(relative_error_of_median(std::vector(9, 7.0)), 0);
}

}  // namespace
}  // namespace lockstep
