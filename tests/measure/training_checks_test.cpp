// The checks on whole trainings, each with what it must accept and the faults that it must catch.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "harness/measure/checks/training.hpp"

namespace lockstep {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
using Losses = std::vector<double>;

TEST(LossesCheck, finds_dead_and_exploded_steps) {
  EXPECT_EQ(check_losses(Losses{2.3, 2.1}).verdict, Verdict::pass);
  EXPECT_EQ(check_losses(Losses{2.3, 0.0}).verdict, Verdict::fail);
  EXPECT_EQ(check_losses(Losses{2.3, nan}).verdict, Verdict::fail);
  EXPECT_EQ(check_losses(Losses{2.3, std::numeric_limits<double>::infinity()}).verdict, Verdict::fail);
  EXPECT_EQ(check_losses(Losses{2.3, 2.3, 2.3, 2.3}).verdict, Verdict::fail) << "E91: a dead model is no pass";
  EXPECT_EQ(check_losses(Losses{2.3, 2.3, 2.3, 2.2}).verdict, Verdict::pass);
  EXPECT_EQ(check_losses({}).verdict, Verdict::fail) << "nothing was compared";
}

TEST(SameLossesCheck, allows_rounding_and_nothing_more) {
  const Losses one{2.3, 2.1, 1.9, 1.7, 1.5};
  EXPECT_EQ(check_same_losses(Losses{2.3 * (1 + 1e-7), 2.1, 1.9, 1.7, 1.5}, one, DType::f32).verdict, Verdict::pass);
  EXPECT_EQ(check_same_losses(Losses{2.3, 2.1 * (1 + 2e-5), 1.9, 1.7, 1.5}, one, DType::f32).verdict, Verdict::fail);
  EXPECT_EQ(check_same_losses(Losses{2.3, nan, 1.9, 1.7, 1.5}, one, DType::f32).verdict, Verdict::fail);
  EXPECT_EQ(check_same_losses(Losses{2.3, 2.1, 1.9, 1.7, 9.9}, one, DType::f32).verdict, Verdict::pass)
      << "later steps may drift";
  EXPECT_EQ(check_same_losses({}, {}, DType::f32).verdict, Verdict::fail) << "nothing was compared";
  EXPECT_EQ(check_same_losses(Losses{2.3 * (1 + 4e-3), 2.1}, one, DType::bf16).verdict, Verdict::pass);
  EXPECT_EQ(check_same_losses(Losses{2.3, 2.1 * (1 + 3e-2)}, one, DType::bf16).verdict, Verdict::fail);
}

TEST(LossCurveCheck, measures_the_worst_epoch) {
  EXPECT_DOUBLE_EQ(loss_curve_distance(Losses{1.0, 0.55}, Losses{1.0, 0.5}), 0.55 / 0.5 - 1);
  EXPECT_TRUE(std::isnan(loss_curve_distance(Losses{nan, 0.5}, Losses{1.0, 0.5})));
}

TEST(LossCurveCheck, allows_what_rounding_does) {
  EXPECT_EQ(check_loss_curve(0.009, 0.002, 10, 100).verdict, Verdict::pass) << "below 8 times the rounding";
  EXPECT_EQ(check_loss_curve(0.017, 0.002, 10, 100).verdict, Verdict::fail);
  EXPECT_EQ(check_loss_curve(0.0019, 1e-9, 1, 500).verdict, Verdict::pass) << "one sample's share of the batch";
  EXPECT_EQ(check_loss_curve(0.0021, 1e-9, 1, 500).verdict, Verdict::fail);
  EXPECT_EQ(check_loss_curve(nan, 0.002, 10, 100).verdict, Verdict::fail);
  EXPECT_EQ(check_loss_curve(0, 0.002, 0, 100).verdict, Verdict::fail) << "nothing was compared";
}

}  // namespace
}  // namespace lockstep
