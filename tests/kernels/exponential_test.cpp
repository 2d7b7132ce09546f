#include "kernels/exponential.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace lockstep::kernels {
namespace {

constexpr float smallest = -87.33F;

/// |computed − exact| in units of the last place of a float near the exact value.
double error_in_ulp(float computed, double exact) {
  const auto nearest = static_cast<float>(exact);
  const float ulp = std::nextafter(nearest, std::numeric_limits<float>::infinity()) - nearest;
  return std::abs(static_cast<double>(computed) - exact) / static_cast<double>(ulp);
}

template <typename Exponential>
double worst_error_in_ulp(const Exponential& exponential) {
  constexpr int points = 1'000'003;
  double worst = 0;
  for (int i = 0; i <= points; ++i) {
    const float x = smallest * static_cast<float>(i) / points;
    worst = std::max(worst, error_in_ulp(exponential(x), std::exp(static_cast<double>(x))));
  }
  return worst;
}

TEST(ExpOfNonpositive, IsWithinTwoUlp) {
  EXPECT_LE(worst_error_in_ulp(exp_of_nonpositive), 2.0);
  for (float x = -0.5F; x < -1e-30F; x /= 1.7F) EXPECT_LE(error_in_ulp(exp_of_nonpositive(x), std::exp(x)), 2.0) << x;
}

TEST(ExpOfNonpositive, ErrorsAboveTwoUlpAreSeen) {
  EXPECT_GT(worst_error_in_ulp([](float x) { return exp_of_nonpositive(x) * (1 + 0x1p-21F); }), 2.0);
}

TEST(ExpOfNonpositive, AtTheEdges) {
  EXPECT_EQ(exp_of_nonpositive(0.0F), 1.0F);
  EXPECT_EQ(exp_of_nonpositive(-0.0F), 1.0F);
  EXPECT_GE(exp_of_nonpositive(smallest), std::numeric_limits<float>::min());
  EXPECT_EQ(exp_of_nonpositive(std::nextafter(smallest, -100.0F)), 0.0F);
  EXPECT_EQ(exp_of_nonpositive(-std::numeric_limits<float>::infinity()), 0.0F);
  EXPECT_TRUE(std::isnan(exp_of_nonpositive(std::numeric_limits<float>::quiet_NaN())));
}

}  // namespace
}  // namespace lockstep::kernels
