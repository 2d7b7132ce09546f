// Every metric of a speed-up on times for which it is known.
#include "harness/measure/scaling.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "harness/base/error.hpp"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

constexpr Scaling strong{.kind = Scaling::Kind::strong, .devices = 2, .global_batch = 12};
constexpr Scaling weak{.kind = Scaling::Kind::weak, .devices = 2, .global_batch = 24};
constexpr Scaling alone{.kind = Scaling::Kind::strong, .devices = 1, .global_batch = 12};

std::map<std::string, std::optional<double>> values_of(const std::vector<Metric>& metrics) {
  std::map<std::string, std::optional<double>> values;
  for (const Metric& metric : metrics) values[metric.name] = metric.value;
  return values;
}

TEST(SerialFraction, is_that_of_Amdahls_law) {
  // A program of which the fraction e is serial has S = 1/(e + (1 − e)/N).
  for (const double fraction : {0.0, 0.25, 1.0})
    for (const double devices : {2.0, 3.0, 64.0})
      EXPECT_NEAR(serial_fraction(1 / (fraction + (1 - fraction) / devices), devices), fraction, 1e-14);
  EXPECT_THROW(serial_fraction(1, 1), InternalError);
}

TEST(ScalingMetrics, of_strong_scaling) {
  const auto values = values_of(scaling_metrics(strong, {{6, 6, 6}, {4, 4, 4}}));
  EXPECT_EQ(values.at("speedup"), 1.5);
  EXPECT_EQ(values.at("efficiency"), 0.75);
  EXPECT_DOUBLE_EQ(values.at("serial_fraction").value(), (1 / 1.5 - 0.5) / 0.5);
  EXPECT_EQ(values.at("step_time"), 4);
  EXPECT_EQ(values.at("baseline_step_time"), 6);
  EXPECT_EQ(values.at("throughput"), 3);
  EXPECT_EQ(values.at("throughput_per_device"), 1.5);
  EXPECT_EQ(values.at("noise_floor"), 0);
}

TEST(ScalingMetrics, of_weak_scaling) {
  const auto values = values_of(scaling_metrics(weak, {{6, 6, 6}, {8, 8, 8}}));
  EXPECT_EQ(values.at("speedup"), 2 * 6.0 / 8);
  EXPECT_EQ(values.at("efficiency"), 0.75);
  EXPECT_EQ(values.at("throughput"), 3);
}

TEST(ScalingMetrics, of_one_device) {
  const auto values = values_of(scaling_metrics(alone, {{4, 4, 4}, {5, 5, 5}}));
  EXPECT_EQ(values.at("speedup"), 0.8);
  EXPECT_EQ(values.count("serial_fraction"), 0U) << "has no meaning on one device";
}

TEST(DpTax, is_what_a_step_takes_longer) {
  EXPECT_EQ(dp_tax({{4, 4, 4}, {5, 5, 5}}).value, 0.25);
  EXPECT_EQ(dp_tax({{4, 4, 4}, {4, 5, 3}}).value, 0);
}

TEST(ScalingMetrics, are_medians_over_the_pairs) {
  const auto metrics = scaling_metrics(strong, {{6, 8, 6}, {4, 4, 6}});
  const auto speedup = std::ranges::find(metrics, "speedup", &Metric::name);
  EXPECT_EQ(speedup->value, 1.5) << "of 1.5, 2 and 1";
  EXPECT_EQ(speedup->low, 1);
  EXPECT_EQ(speedup->high, 2);
}

TEST(ScalingMetrics, two_pairs_have_no_noise_floor) {
  EXPECT_FALSE(values_of(scaling_metrics(strong, {{6, 6}, {4, 4}})).at("noise_floor"));
}

TEST(CommunicationOverhead, is_the_share_that_goes_without_it) {
  EXPECT_EQ(communication_overhead({4, 8, 4}, {3, 6, 3}).value, 0.25);
  EXPECT_EQ(communication_overhead({4, 8, 4}, {4, 8, 4}).value, 0);
  EXPECT_EQ(communication_overhead({4, 8, 16}, {3, 4, 16}).value, 0.25) << "of 1/4, 1/2 and 0";
  EXPECT_FALSE(communication_overhead({4}, {}).value) << "not measured";
  EXPECT_THROW(communication_overhead({4}, {3, 3}), InternalError);
}

TEST(SpeedupInWords, calls_nothing_an_effect_that_is_below_the_noise) {
  const std::vector<double> same(5, 4.0);
  EXPECT_EQ(speedup_in_words(strong, {same, same}), "no speed-up or slow-down above the noise floor of 0.0 %");
  // Equal sides differ by up to 1/3, pairs by no more.
  const PairedTimes noisy{.baseline = {4, 4, 3, 4}, .candidate = {4, 3, 3, 3}};
  EXPECT_THAT(speedup_in_words(strong, noisy), HasSubstr("no speed-up or slow-down above the noise floor of 33.3 %"));
  EXPECT_THAT(speedup_in_words(alone, noisy), HasSubstr("no tax or gain above the noise floor of 33.3 %"));
}

TEST(SpeedupInWords, names_an_effect_and_its_direction) {
  const std::vector<double> baseline(5, 4.0);
  const std::vector<double> half(5, 2.0);
  const std::vector<double> longer(5, 5.0);
  EXPECT_EQ(speedup_in_words(strong, {baseline, half}),
            "2.00 times faster than one device, above the noise floor of 0.0 %");
  EXPECT_EQ(speedup_in_words(strong, {baseline, longer}),
            "1.25 times slower than one device, above the noise floor of 0.0 %");
  EXPECT_EQ(speedup_in_words(alone, {baseline, longer}),
            "a step takes 25.0 % longer than in the plain program, above the noise floor of 0.0 %");
  EXPECT_EQ(speedup_in_words(alone, {baseline, half}),
            "a step takes 50.0 % less than in the plain program, above the noise floor of 0.0 %");
}

TEST(SpeedupInWords, says_when_there_is_too_little_to_judge) {
  EXPECT_EQ(speedup_in_words(strong, {{4}, {2}}),
            "1 pairs of blocks are too few for a noise floor, so no effect is called one");
}

}  // namespace
}  // namespace lockstep
