#include "harness/data/exact_bound.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "harness/base/error.hpp"

namespace lockstep {
namespace {

// One layer, two outputs of two inputs, |x| ≤ 2, |t| ≤ 4, batch 4:
//   y ≤ max(|1|+|-1|, |3|+|0|)·2 + its bias = max(4 + 1, 6 + 0) = 6;  dy ≤ 2·(6 + 4) = 20;  dW ≤ 4·20·2 = 160.
TEST(ExactBound, OneLayerByHand) {
  const std::vector<double> weights{1, -1, 3, 0};
  const std::vector<double> bias{-1, 0};
  const std::vector<ExactLayer> layers{{.outputs = 2, .inputs = 2, .weights = weights, .bias = bias}};
  const ExactBound bound = exact_bound(layers, 2, 4, 4);
  EXPECT_EQ(bound.activation, 6);
  EXPECT_EQ(bound.activation_gradient, 20);
  EXPECT_EQ(bound.parameter_gradient, 160);
}

// Two layers, 1 → 2 → 2, no bias, |x| ≤ 2, |t| ≤ 4, batch 8:
//   hidden ≤ 3·2 = 6;  y ≤ max(1+2, 3+0)·6 = 18;  dy ≤ 2·(18+4) = 44;  dhidden ≤ max(1+3, 2+0)·44 = 176;
//   dW2 ≤ 8·44·6 = 2112;  dW1 ≤ 8·176·2 = 2816.
TEST(ExactBound, TwoLayersByHand) {
  const std::vector<double> first{1, -3};
  const std::vector<double> second{1, -2, -3, 0};
  const std::vector<ExactLayer> layers{{.outputs = 2, .inputs = 1, .weights = first, .bias = {}},
                                       {.outputs = 2, .inputs = 2, .weights = second, .bias = {}}};
  const ExactBound bound = exact_bound(layers, 2, 4, 8);
  EXPECT_EQ(bound.activation, 18);
  EXPECT_EQ(bound.activation_gradient, 176);
  EXPECT_EQ(bound.parameter_gradient, 2816);
}

TEST(ExactBound, ABiasGradientCountsEvenWhereInputsAreZero) {
  const std::vector<double> weights{1};
  const std::vector<ExactLayer> layers{{.outputs = 1, .inputs = 1, .weights = weights, .bias = {}}};
  EXPECT_EQ(exact_bound(layers, 0, 4, 2).parameter_gradient, 16) << "2·(2·4)";
}

// The bound is reached: with every input and target at its largest, float32 sums of exactly that size occur.
TEST(ExactBound, IsSharp) {
  const double weight = 3;
  const std::vector<ExactLayer> layers{{.outputs = 1, .inputs = 1, .weights = {&weight, 1}, .bias = {}}};
  const ExactBound bound = exact_bound(layers, 2, 4, 4);
  double gradient = 0;
  for (int sample = 0; sample < 4; ++sample) gradient += 2 * (weight * 2 - -4) * 2;
  EXPECT_EQ(gradient, bound.parameter_gradient);
}

ExactBound bound_of_single_weight(double weight) {
  const std::vector<ExactLayer> layers{{.outputs = 1, .inputs = 1, .weights = {&weight, 1}, .bias = {}}};
  return exact_bound(layers, 1, 0, 1);
}

// Weight w, input 1, target 0, batch 1: dy = dW = 2w, so the limit lies at w = 2^23.
TEST(ExactBound, FromTwoToThe24OnNothingIsExact) {
  EXPECT_NO_THROW(require_representable(bound_of_single_weight(0x1p23 - 1)));
  EXPECT_THROW(require_representable(bound_of_single_weight(0x1p23)), InputError);
  EXPECT_NE(static_cast<double>(static_cast<float>(0x1p24 + 1)), 0x1p24 + 1) << "what the limit is there for";
}

TEST(ExactBound, OneBoundTooLargeIsEnough) {
  EXPECT_NO_THROW(require_representable({1, 1, 1}));
  EXPECT_THROW(require_representable({0x1p24, 1, 1}), InputError);
  EXPECT_THROW(require_representable({1, 0x1p24, 1}), InputError);
  EXPECT_THROW(require_representable({1, 1, 0x1p24}), InputError);
  EXPECT_THROW(require_representable({1, 1, std::numeric_limits<double>::quiet_NaN()}), InputError);
}

TEST(ExactBound, DeepNetsWithLargeWeightsOverflow) {
  const std::vector<double> weights(64 * 64, 2.0);
  const std::vector<ExactLayer> layers(4, {.outputs = 64, .inputs = 64, .weights = weights, .bias = {}});
  try {
    require_representable(exact_bound(layers, 2, 4, 64));
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_NE(std::string{error.what()}.find("16777216"), std::string::npos) << error.what();
  }
}

TEST(ExactBound, FractionsAreRefused) {
  EXPECT_THROW(bound_of_single_weight(0.5), InputError);
  EXPECT_THROW(bound_of_single_weight(std::numeric_limits<double>::infinity()), InputError);
  EXPECT_THROW(bound_of_single_weight(std::numeric_limits<double>::quiet_NaN()), InputError);
  const std::vector<double> weights{1, 1};
  const std::vector<double> bias{0, 0.25};
  const std::vector<ExactLayer> layers{{.outputs = 2, .inputs = 1, .weights = weights, .bias = bias}};
  EXPECT_THROW(exact_bound(layers, 1, 1, 1), InputError);
}

TEST(ExactBound, MeansOverOtherThanPowersOfTwoAreRefused) {
  const std::vector<double> weights{1, 1, 1};
  const std::vector<ExactLayer> one{{.outputs = 1, .inputs = 3, .weights = weights, .bias = {}}};
  const std::vector<ExactLayer> three{{.outputs = 3, .inputs = 1, .weights = weights, .bias = {}}};
  EXPECT_NO_THROW(exact_bound(one, 1, 1, 8));
  EXPECT_THROW(exact_bound(one, 1, 1, 6), InputError);
  EXPECT_THROW(exact_bound(one, 1, 1, 0), InputError);
  EXPECT_THROW(exact_bound(three, 1, 1, 8), InputError);
}

TEST(ExactBound, LayersThatDoNotFitAreABug) {
  const std::vector<double> weights{1, 1};
  const ExactLayer widening{.outputs = 2, .inputs = 1, .weights = weights, .bias = {}};
  EXPECT_THROW(exact_bound(std::vector{widening, widening}, 1, 1, 1), InternalError);
  EXPECT_THROW(exact_bound({}, 1, 1, 1), InternalError);
  EXPECT_THROW(
      exact_bound(std::vector<ExactLayer>{{.outputs = 2, .inputs = 2, .weights = weights, .bias = {}}}, 1, 1, 1),
      InternalError);
}

}  // namespace
}  // namespace lockstep
