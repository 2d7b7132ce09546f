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

ExactBound bound_of(std::span<const ExactLayer> layers, const std::vector<double>& inputs,
                    const std::vector<double>& targets, ExactActivation activation = ExactActivation::relu) {
  const std::size_t rows = layers.empty() ? 1 : targets.size() / layers.back().outputs;
  return exact_bound(layers, activation, {.rows = rows, .inputs = inputs, .targets = targets});
}

// y = (x0 − x1 − 1, 3·x0). For x = (2, 1): Σ|terms| = 2+1+1 = 4 and 6, y = (0, 6); for x = (-2, 2): 2+2+1 = 5 and 6, y
// = (-5, -6). Targets (4, 0) and (0, -4): dy = (-8, 12) and (-10, -4), before cancellation at most 2·(0+4), 2·6, 2·5,
// 2·(6+4) = 20; Wᵀ·dy has sums of at most 8+36 = 44. dW01 = |-8·1| + |-10·2| = 28, dW10 = |12·2| + |-4·-2| = 32, the
// largest.
TEST(ExactBound, OneLayerByHand) {
  const std::vector<double> weights{1, -1, 3, 0};
  const std::vector<double> bias{-1, 0};
  const std::vector<ExactLayer> layers{{.outputs = 2, .inputs = 2, .weights = weights, .bias = bias}};
  const ExactBound bound = bound_of(layers, {2, 1, -2, 2}, {4, 0, 0, -4});
  EXPECT_EQ(bound.activation, 6);
  EXPECT_EQ(bound.activation_gradient, 44);
  EXPECT_EQ(bound.parameter_gradient, 36) << "dW00 = 8·2 + 10·2";
}

// 1 → 2 → 1 at x = 2: hidden (2, -6), with ReLU (2, 0); y = 1·2 + 5·0 = 2 with ReLU, -28 (Σ|terms| 32) without.
// Target 0, so dy = 4 and 56; dhidden (4, 20) or (56, 280), the second masked by ReLU; dW1 = 4·2 or 280·2.
TEST(ExactBound, TheActivationDecidesWhatReachesTheNextLayer) {
  const std::vector<double> first{1, -3};
  const std::vector<double> second{1, 5};
  const std::vector<ExactLayer> layers{{.outputs = 2, .inputs = 1, .weights = first, .bias = {}},
                                       {.outputs = 1, .inputs = 2, .weights = second, .bias = {}}};
  const ExactBound relu = bound_of(layers, {2}, {0});
  EXPECT_EQ(relu.activation, 6);
  EXPECT_EQ(relu.parameter_gradient, 8);
  const ExactBound none = bound_of(layers, {2}, {0}, ExactActivation::none);
  EXPECT_EQ(none.activation, 32);
  EXPECT_EQ(none.parameter_gradient, 560);
}

TEST(ExactBound, TermsThatCancelCountInFull) {
  const std::vector<double> weights{1};
  const std::vector<ExactLayer> layers{{.outputs = 1, .inputs = 1, .weights = weights, .bias = {}}};
  EXPECT_EQ(bound_of(layers, {3, -3}, {0, 0}).parameter_gradient, 36) << "6·3 + 6·3";
  EXPECT_EQ(bound_of(layers, {0, 0}, {4, -4}).parameter_gradient, 16) << "the bias' gradient: 8 + 8";
}

ExactBound bound_of_single_weight(double weight) {
  const std::vector<ExactLayer> layers{{.outputs = 1, .inputs = 1, .weights = {&weight, 1}, .bias = {}}};
  return bound_of(layers, {1}, {0});
}

// Weight w, input 1, target 0: dy = dW = 2w, and Wᵀ·dy = 2w², so the limit 2^24 lies between w = 2896 and 2897.
TEST(ExactBound, FromTwoToThe24OnNothingIsExact) {
  EXPECT_NO_THROW(require_representable(bound_of_single_weight(2896)));
  EXPECT_THROW(require_representable(bound_of_single_weight(2897)), InputError);
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
    require_representable(bound_of(layers, std::vector<double>(64, 2.0), std::vector<double>(64, 4.0)));
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
  EXPECT_THROW(bound_of(layers, {1}, {1, 1}), InputError);
  const std::vector<ExactLayer> plain{{.outputs = 2, .inputs = 1, .weights = weights, .bias = {}}};
  EXPECT_THROW(bound_of(plain, {0.5}, {1, 1}), InputError);
  EXPECT_THROW(bound_of(plain, {1}, {1, 1.5}), InputError);
}

TEST(ExactBound, MeansOverOtherThanPowersOfTwoAreRefused) {
  const std::vector<double> weights{1, 1, 1};
  const std::vector<ExactLayer> one{{.outputs = 1, .inputs = 3, .weights = weights, .bias = {}}};
  const std::vector<ExactLayer> three{{.outputs = 3, .inputs = 1, .weights = weights, .bias = {}}};
  EXPECT_NO_THROW(bound_of(one, std::vector<double>(12, 1), std::vector<double>(4, 1)));
  EXPECT_THROW(bound_of(one, std::vector<double>(9, 1), std::vector<double>(3, 1)), InputError);
  EXPECT_THROW(bound_of(one, {}, {}), InputError);
  EXPECT_THROW(bound_of(three, std::vector<double>(4, 1), std::vector<double>(12, 1)), InputError);
}

TEST(ExactBound, LayersThatDoNotFitAreABug) {
  const std::vector<double> weights{1, 1};
  const ExactLayer widening{.outputs = 2, .inputs = 1, .weights = weights, .bias = {}};
  EXPECT_THROW(bound_of(std::vector{widening, widening}, {1}, {1, 1}), InternalError);
  EXPECT_THROW(bound_of({}, {1}, {1}), InternalError);
  EXPECT_THROW(
      bound_of(std::vector<ExactLayer>{{.outputs = 2, .inputs = 2, .weights = weights, .bias = {}}}, {1, 1}, {1, 1}),
      InternalError);
  EXPECT_THROW(bound_of(std::vector{widening}, {1, 1}, {1, 1}), InternalError) << "two inputs for one row";
}

}  // namespace
}  // namespace lockstep
