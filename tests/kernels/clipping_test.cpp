#include "kernels/clipping.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "tests/kernels/operator_bound.hpp"
#include "tests/kernels/values.hpp"

namespace lockstep::kernels {
namespace {

template <typename T>
struct Clipped {
  std::vector<double> norm_and_factor;
  std::vector<T> gradients;
};

template <typename T>
Clipped<T> clip(std::vector<T> gradients, double max_norm) {
  std::vector<double> result(2);
  clip_factor(std::span<const T>{gradients}, max_norm, std::span{result});
  apply_factor(std::span{gradients}, std::span<const double>{result});
  return {result, gradients};
}

// 3-4-5: torch.nn.utils.clip_grad_norm_ divides by the norm and a millionth.
TEST(Clipping, ByHand) {
  const auto clipped = clip<double>({3, -4}, 1);
  EXPECT_EQ(clipped.norm_and_factor[0], 5);
  EXPECT_EQ(clipped.norm_and_factor[1], 1 / (5 + 1e-6));
  EXPECT_NEAR(clipped.gradients[0], 0.6 / (1 + 2e-7), 1e-15);
  EXPECT_NEAR(clipped.gradients[1], -0.8 / (1 + 2e-7), 1e-15);
}

// B120: what is below the limit keeps its bits; .8 does not become .707107.
TEST(Clipping, ChangesNoBitBelowTheLimit) {
  const std::vector<float> gradients{0.48F, 0.64F, -0.0F, 0x1p-149F};
  const auto clipped = clip(gradients, 1);
  EXPECT_NEAR(clipped.norm_and_factor[0], 0.8, 1e-7);
  EXPECT_EQ(clipped.norm_and_factor[1], 1);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    EXPECT_EQ(clipped.gradients[i], gradients[i]);
    EXPECT_EQ(std::signbit(clipped.gradients[i]), std::signbit(gradients[i]));
  }
}

TEST(Clipping, LeavesTheNormAtTheLimit) {
  const std::vector<float> gradients = normal_values(10007, 3);
  const auto clipped = clip(gradients, 2.5);
  const auto again = clip(clipped.gradients, 1e9);
  EXPECT_GT(clipped.norm_and_factor[0], 90);
  EXPECT_NEAR(again.norm_and_factor[0], 2.5, 1e-6);
}

TEST(Clipping, FindsTheNormOfAnyNumberOfGradients) {
  for (std::size_t count = 0; count < 70; ++count) {
    std::vector<float> gradients;
    double squares = 0;  // of integers: exact in any order
    for (std::size_t i = 0; i < count; ++i) {
      gradients.push_back(static_cast<float>(i + 1));
      squares += static_cast<double>((i + 1) * (i + 1));
    }
    EXPECT_EQ(clip(gradients, 1e9).norm_and_factor[0], std::sqrt(squares)) << count;
  }
}

TEST(Clipping, FloatAndBFloat16AreDoubleButForRounding) {
  const std::vector<float> values = normal_values(1009, 4);
  const auto expected = clip(widened(values), 1);
  const auto of_float = clip(values, 1);
  EXPECT_NEAR(of_float.norm_and_factor[0], expected.norm_and_factor[0], 1e-12 * expected.norm_and_factor[0]);
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_NEAR(static_cast<double>(of_float.gradients[i]), expected.gradients[i],
                (unit_roundoff + 1e-12) * std::abs(expected.gradients[i]));
  std::vector<BFloat16> stored;
  for (const float value : values) stored.push_back(BFloat16{value});
  const auto exact = clip(std::vector<double>{stored.begin(), stored.end()}, 1);
  const auto of_bf16 = clip(stored, 1);
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(of_bf16.gradients[i].bits, BFloat16{static_cast<float>(exact.gradients[i])}.bits) << i;
}

TEST(Clipping, WhatIsNoNumberStaysSeen) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const float gradient : clip<float>({1, nan, 2}, 1).gradients) EXPECT_TRUE(std::isnan(gradient));
  const auto clipped = clip<float>({1, infinity}, 1);
  EXPECT_EQ(clipped.norm_and_factor[1], 0);
  EXPECT_EQ(clipped.gradients[0], 0);
  EXPECT_TRUE(std::isnan(clipped.gradients[1]));
}

TEST(Clipping, RefusesWrongSizesAndLimits) {
  std::vector<float> gradients(3);
  std::vector<double> two(2), three(3);
  EXPECT_THROW(clip_factor(std::span<const float>{gradients}, 1, std::span{three}), std::invalid_argument);
  EXPECT_THROW(clip_factor(std::span<const float>{gradients}, 0, std::span{two}), std::invalid_argument);
  EXPECT_THROW(clip_factor(std::span<const float>{gradients}, NAN, std::span{two}), std::invalid_argument);
  EXPECT_THROW(apply_factor(std::span{gradients}, std::span<const double>{three}), std::invalid_argument);
}

}  // namespace
}  // namespace lockstep::kernels
