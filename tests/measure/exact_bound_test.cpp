#include "harness/measure/exact_bound.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "harness/base/error.hpp"
#include "harness/device/cpu/cpu_world.hpp"
#include "harness/train/init.hpp"
#include "harness/train/layers/linear.hpp"
#include "harness/train/layers/pooling.hpp"
#include "harness/train/layers/residual.hpp"
#include "harness/train/models/mlp.hpp"
#include "harness/train/models/resnet.hpp"

namespace lockstep {
namespace {

ExactBound bound_of(const Architecture& network, const std::vector<double>& parameters,
                    const std::vector<double>& inputs, const std::vector<double>& targets) {
  const World world = cpu::open_world({.ranks = 1});
  return exact_bound(*world.ranks[0]->device, network, parameters,
                     {.rows = targets.size() / count_of(network.output_shape()), .inputs = inputs, .targets = targets});
}

Architecture linear(std::size_t in, std::size_t out, bool bias) { return make_mlp({in, out}, Activation::none, bias); }

// y = (x0 − x1 − 1, 3·x0). For x = (2, 1): Σ|terms| = 2+1+1 = 4 and 6, y = (0, 6); for x = (-2, 2): 2+2+1 = 5 and 6, y
// = (-5, -6). Targets (4, 0) and (0, -4): dy = (-8, 12) and (-10, -4), before cancellation at most 2·(0+4), 2·6, 2·5,
// 2·(6+4) = 20; Wᵀ·dy has sums of at most 8+36 = 44. dW01 = |-8·1| + |-10·2| = 28, dW10 = |12·2| + |-4·-2| = 32.
TEST(ExactBound, OneLayerByHand) {
  const ExactBound bound = bound_of(linear(2, 2, true), {1, -1, 3, 0, -1, 0}, {2, 1, -2, 2}, {4, 0, 0, -4});
  EXPECT_EQ(bound.activation, 6);
  EXPECT_EQ(bound.activation_gradient, 44);
  EXPECT_EQ(bound.parameter_gradient, 36) << "dW00 = 8·2 + 10·2";
}

// 1 → 2 → 1 at x = 2: hidden (2, -6), with ReLU (2, 0); y = 1·2 + 5·0 = 2 with ReLU, -28 (Σ|terms| 32) without.
// Target 0, so dy = 4 and 56; dhidden (4, 20) or (56, 280), the second masked by ReLU; dW1 = 4·2 or 280·2.
TEST(ExactBound, TheActivationDecidesWhatReachesTheNextLayer) {
  const std::vector<double> parameters{1, -3, 1, 5};
  const ExactBound relu = bound_of(make_mlp({1, 2, 1}, Activation::relu, false), parameters, {2}, {0});
  EXPECT_EQ(relu.activation, 6);
  EXPECT_EQ(relu.parameter_gradient, 8);
  const ExactBound none = bound_of(make_mlp({1, 2, 1}, Activation::none, false), parameters, {2}, {0});
  EXPECT_EQ(none.activation, 32);
  EXPECT_EQ(none.parameter_gradient, 560);
}

TEST(ExactBound, TermsThatCancelCountInFull) {
  EXPECT_EQ(bound_of(linear(1, 1, false), {1}, {3, -3}, {0, 0}).parameter_gradient, 36) << "6·3 + 6·3";
  EXPECT_EQ(bound_of(linear(1, 1, true), {1, 0}, {0, 0}, {4, -4}).parameter_gradient, 16) << "the bias': 8 + 8";
}

// x = 3 through y = 2x, then y + x: 6 + 3. Backward both give x's gradient: dy = 2·9, so 2·18 + 18.
TEST(ExactBound, AResidualSumAddsBothWays) {
  Architecture network{.nodes = {}, .sample = {1}};
  const std::size_t x = network.add(std::make_unique<Linear>("one", 1, 1, false));
  const std::size_t branch = network.add(std::make_unique<Linear>("two", 1, 1, false));
  network.add(std::make_unique<Residual>(), {branch, x});
  const ExactBound bound = bound_of(network, {1, 2}, {3}, {0});
  EXPECT_EQ(bound.activation, 9);
  EXPECT_EQ(bound.activation_gradient, 54);
  EXPECT_EQ(bound.parameter_gradient, 54 * 3);
}

// The mean of (1, 2) is 3 halves; w = 5 makes 15 halves. Target 0: dy = 2·15 halves = 30 halves, dw = 30·3 quarters.
TEST(ExactBound, DividingMakesTheUnitSmaller) {
  Architecture network{.nodes = {}, .sample = {1, 1, 2}};
  network.add(std::make_unique<AveragePooling>(1, 2));
  network.add(std::make_unique<Linear>("fc", 1, 1, false));
  const ExactBound bound = bound_of(network, {5}, {1, 2}, {0});
  EXPECT_EQ(bound.activation, 15);
  EXPECT_EQ(bound.parameter_gradient, 90);
}

TEST(ExactBound, AResidualNetworkHasOneWhereItsLayersAreExact) {
  const auto network = [](std::size_t size, Normalization normalization) {
    return make_resnet(
        {.image = {1, size, size}, .depth = 8, .filters = 2, .classes = 2, .normalization = normalization});
  };
  const auto try_size = [&](std::size_t size, Normalization normalization) {
    const Architecture net = network(size, normalization);
    const auto values = sparse_ternary(net.parameter_specs(), 1);
    return bound_of(net, {values.begin(), values.end()}, std::vector<double>(2 * size * size, 1), {1, 0, 0, 1});
  };
  EXPECT_NO_THROW(require_representable(try_size(4, Normalization::none)));
  EXPECT_THROW(try_size(4, Normalization::batch), InputError);
  EXPECT_THROW(try_size(9, Normalization::none), InputError) << "a mean over 3 × 3";
}

ExactBound bound_of_single_weight(double weight) { return bound_of(linear(1, 1, false), {weight}, {1}, {0}); }

// Weight w, input 1, target 0: dy = dW = 2w, and Wᵀ·dy = 2w², so the limit 2^24 lies between w = 2896 and 2897.
TEST(ExactBound, FromTwoToThe24OnNothingIsExact) {
  EXPECT_NO_THROW(require_representable(bound_of_single_weight(2896)));
  EXPECT_THROW(require_representable(bound_of_single_weight(2897)), InputError);
  EXPECT_NE(static_cast<double>(static_cast<float>(0x1p24 + 1)), 0x1p24 + 1) << "what the limit is there for";
}

// 2w² passes 2^8 between w = 11 and 12.
TEST(ExactBound, WhatIsStoredInBFloat16HasTwoToThe8) {
  EXPECT_NO_THROW(require_representable(bound_of_single_weight(11), DType::bf16));
  EXPECT_THROW(require_representable(bound_of_single_weight(12), DType::bf16), InputError);
  EXPECT_NO_THROW(require_representable({255, 255, 255}, DType::bf16));
  EXPECT_THROW(require_representable({256, 1, 1}, DType::bf16), InputError);
  EXPECT_NE(stored_as(DType::bf16, 257), 257) << "what the limit is there for";
}

TEST(ExactBound, OneBoundTooLargeIsEnough) {
  EXPECT_NO_THROW(require_representable({1, 1, 1}));
  EXPECT_THROW(require_representable({0x1p24, 1, 1}), InputError);
  EXPECT_THROW(require_representable({1, 0x1p24, 1}), InputError);
  EXPECT_THROW(require_representable({1, 1, 0x1p24}), InputError);
  EXPECT_THROW(require_representable({1, 1, std::numeric_limits<double>::quiet_NaN()}), InputError);
}

TEST(ExactBound, DeepNetsWithLargeWeightsOverflow) {
  const Architecture network = make_mlp({64, 64, 64, 64, 64}, Activation::none, false);
  try {
    require_representable(bound_of(network, std::vector<double>(4 * 64 * 64, 2.0), std::vector<double>(64, 2.0),
                                   std::vector<double>(64, 4.0)));
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_NE(std::string{error.what()}.find("16777216"), std::string::npos) << error.what();
  }
}

TEST(ExactBound, FractionsAreRefused) {
  EXPECT_THROW(bound_of_single_weight(0.5), InputError);
  EXPECT_THROW(bound_of_single_weight(std::numeric_limits<double>::infinity()), InputError);
  EXPECT_THROW(bound_of_single_weight(std::numeric_limits<double>::quiet_NaN()), InputError);
  EXPECT_THROW(bound_of(linear(1, 2, true), {1, 1, 0, 0.25}, {1}, {1, 1}), InputError);
  EXPECT_THROW(bound_of(linear(1, 2, false), {1, 1}, {0.5}, {1, 1}), InputError);
  EXPECT_THROW(bound_of(linear(1, 2, false), {1, 1}, {1}, {1, 1.5}), InputError);
}

TEST(ExactBound, MeansOverOtherThanPowersOfTwoAreRefused) {
  const std::vector<double> three{1, 1, 1};
  EXPECT_NO_THROW(bound_of(linear(3, 1, false), three, std::vector<double>(12, 1), std::vector<double>(4, 1)));
  EXPECT_THROW(bound_of(linear(3, 1, false), three, std::vector<double>(9, 1), std::vector<double>(3, 1)), InputError);
  EXPECT_THROW(bound_of(linear(3, 1, false), three, {}, {}), InputError);
  EXPECT_THROW(bound_of(linear(1, 3, false), three, std::vector<double>(4, 1), std::vector<double>(12, 1)), InputError);
}

TEST(ExactBound, LayersThatRoundAreRefused) {
  EXPECT_THROW(bound_of(make_mlp({1, 1, 1}, Activation::tanh, false), {1, 1}, {1}, {1}), InputError);
}

TEST(ExactBound, ArraysThatDoNotFitAreABug) {
  EXPECT_THROW(bound_of(linear(2, 2, false), {1, 1}, {1, 1}, {1, 1}), InternalError);
  EXPECT_THROW(bound_of(linear(1, 2, false), {1, 1}, {1, 1}, {1, 1}), InternalError) << "two inputs for one row";
}

}  // namespace
}  // namespace lockstep
