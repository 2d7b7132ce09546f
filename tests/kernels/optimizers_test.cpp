#include "kernels/optimizers.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "tests/kernels/operator_bound.hpp"
#include "tests/kernels/values.hpp"

namespace lockstep::kernels {
namespace {

/// The value after each of three steps from w = 1 with gradient 1.
std::vector<double> three_sgd_steps(const SgdSettings& settings) {
  std::vector<double> w{1};
  const std::vector<double> g{1};
  std::vector<double> velocity(settings.momentum == 0 ? 0 : 1);
  std::vector<double> history;
  for (int step = 0; step < 3; ++step) {
    sgd(std::span{w}, std::span{g}, std::span{velocity}, settings);
    history.push_back(w[0]);
  }
  return history;
}

void expect_near(const std::vector<double>& computed, const std::vector<double>& expected) {
  ASSERT_EQ(computed.size(), expected.size());
  for (std::size_t i = 0; i < computed.size(); ++i) EXPECT_NEAR(computed[i], expected[i], 1e-14) << i;
}

// Worked by hand from the algorithm in the documentation of torch.optim.SGD.
TEST(Sgd, ThreeStepsByHand) {
  expect_near(three_sgd_steps({.learning_rate = 0.1}), {0.9, 0.8, 0.7});
  // g = 1 + 0.1·w: 1.1, 1.089, 1.07811
  expect_near(three_sgd_steps({.learning_rate = 0.1, .weight_decay = 0.1}), {0.89, 0.7811, 0.673289});
  // v = 1, 1.9, 2.71
  expect_near(three_sgd_steps({.learning_rate = 0.1, .momentum = 0.9}), {0.9, 0.71, 0.439});
  // g = 1.1, 1.089, 1.06821; v = 1.1, 2.079, 2.93931
  expect_near(three_sgd_steps({.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.1}), {0.89, 0.6821, 0.388169});
  // v as above; d = 1.9, 2.71, 3.439
  expect_near(three_sgd_steps({.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}), {0.81, 0.539, 0.1951});
}

TEST(Sgd, FloatIsDoubleButForRounding) {
  const std::vector<float> start = normal_values(1009, 1);
  const std::vector<float> g = normal_values(1009, 2);
  for (const bool nesterov : {false, true}) {
    const SgdSettings settings{.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.01, .nesterov = nesterov};
    std::vector<float> w = start;
    std::vector<float> velocity(w.size());
    std::vector<double> expected = widened(start);
    std::vector<double> expected_velocity(w.size());
    constexpr int steps = 4;
    for (int step = 0; step < steps; ++step) {
      sgd(std::span{w}, std::span{g}, std::span{velocity}, settings);
      sgd(std::span{expected}, std::span<const double>{widened(g)}, std::span{expected_velocity}, settings);
    }
    // Ten roundings a step of numbers no larger than |w| + learning_rate·|d|, where d stays below 5·|g|.
    for (std::size_t i = 0; i < w.size(); ++i) {
      const double largest = static_cast<double>(std::abs(start[i])) + static_cast<double>(std::abs(g[i]));
      EXPECT_NEAR(static_cast<double>(w[i]), expected[i], steps * 10 * unit_roundoff * largest) << i;
    }
  }
}

TEST(Sgd, RefusesWhatTorchRefuses) {
  std::vector<float> w(2), velocity(2);
  const std::vector<float> g(2), short_g(1);
  EXPECT_THROW(sgd(std::span{w}, std::span{short_g}, std::span<float>{}, {}), std::invalid_argument);
  EXPECT_THROW(sgd(std::span{w}, std::span{g}, std::span<float>{}, {.momentum = 0.9}), std::invalid_argument);
  EXPECT_THROW(sgd(std::span{w}, std::span{g}, std::span{velocity}, {}), std::invalid_argument);
  EXPECT_THROW(sgd(std::span{w}, std::span{g}, std::span<float>{}, {.nesterov = true}), std::invalid_argument);
}

struct AdamState {
  std::vector<double> w{1}, m{0}, v{0};
  void step(double g, const AdamSettings& settings, std::int64_t t) {
    const std::vector<double> gradient{g};
    adam(std::span{w}, std::span{gradient}, std::span{m}, std::span{v}, settings, t);
  }
};

// Worked by hand from the algorithm in the documentation of torch.optim.Adam, with gradients 1, −1, 2.
TEST(Adam, ThreeStepsByHand) {
  const AdamSettings settings{.learning_rate = 0.1, .beta1 = 0.5, .beta2 = 0.75, .epsilon = 0};
  AdamState state;
  state.step(1, settings, 1);  // m = 1/2, corrected by 1 − 1/2 to 1; v = 1/4, corrected by 1 − 3/4 to 1
  EXPECT_NEAR(state.w[0], 0.9, 1e-14);
  state.step(-1, settings, 2);  // m = −1/4, corrected by 3/4 to −1/3; v = 7/16, corrected by 7/16 to 1
  EXPECT_NEAR(state.w[0], 0.9 + 0.1 / 3, 1e-14);
  state.step(2, settings, 3);  // m = 7/8, corrected by 7/8 to 1; v = 85/64, corrected by 37/64 to 85/37
  EXPECT_NEAR(state.w[0], 0.9 + 0.1 / 3 - 0.1 / std::sqrt(85.0 / 37), 1e-14);
}

TEST(Adam, OfAConstantGradientMovesByTheLearningRate) {
  // Both corrected moments are those of the constant: every step is learning_rate·g / (|g| + ε).
  const AdamSettings settings{.learning_rate = 0.01, .epsilon = 0.5};
  AdamState state;
  for (std::int64_t t = 1; t <= 5; ++t) {
    state.step(-2, settings, t);
    EXPECT_NEAR(state.w[0], 1 + static_cast<double>(t) * 0.01 * 2 / 2.5, 1e-14);
  }
}

TEST(Adam, WeightDecayIsAddedToTheGradient) {
  AdamState decayed, by_hand;
  for (std::int64_t t = 1; t <= 3; ++t) {
    by_hand.step(0.25 + 0.5 * by_hand.w[0], {.weight_decay = 0}, t);
    decayed.step(0.25, {.weight_decay = 0.5}, t);
    EXPECT_EQ(decayed.w, by_hand.w);
  }
}

// As torch.optim.AdamW: the value shrinks by a share of itself, apart from the moments.
TEST(AdamW, TakesTheDecayFromTheValueAlone) {
  const AdamSettings plain{.learning_rate = 0.1, .beta1 = 0.5, .beta2 = 0.75, .epsilon = 0};
  AdamSettings settings = plain;
  settings.weight_decay = 0.25;
  settings.decay = AdamSettings::Decay::of_value;
  AdamState state, moments_of_adam;
  const double gradients[] = {1, -1, 2};
  // The updates of ThreeStepsByHand, each after w ← (1 − 0.1·0.25)·w.
  const double updates[] = {-0.1, 0.1 / 3, -0.1 / std::sqrt(85.0 / 37)};
  double w = 1;
  for (int t = 1; t <= 3; ++t) {
    state.step(gradients[t - 1], settings, t);
    moments_of_adam.step(gradients[t - 1], plain, t);
    w = 0.975 * w + updates[t - 1];
    EXPECT_NEAR(state.w[0], w, 1e-14) << t;
    EXPECT_EQ(state.m, moments_of_adam.m);
    EXPECT_EQ(state.v, moments_of_adam.v);
  }
}

TEST(AdamWPlant, ADecayInTheGradientIsSeen) {
  AdamState of_gradient, of_value;
  of_gradient.step(0.25, {.learning_rate = 0.1, .weight_decay = 0.5}, 1);
  of_value.step(0.25, {.learning_rate = 0.1, .weight_decay = 0.5, .decay = AdamSettings::Decay::of_value}, 1);
  EXPECT_NEAR(of_gradient.w[0], 0.9, 1e-6);
  EXPECT_NEAR(of_value.w[0], 0.85, 1e-6);
}

TEST(AdamPlant, AStepCountedFromTheWrongNumberIsSeen) {
  AdamState right, wrong;
  right.step(1, {.epsilon = 0}, 1);
  wrong.step(1, {.epsilon = 0}, 2);
  EXPECT_NEAR(right.w[0], 0.999, 1e-14);
  EXPECT_GT(std::abs(wrong.w[0] - 0.999), 1e-4);
}

class AdamOfEitherDecay : public ::testing::TestWithParam<AdamSettings::Decay> {};
INSTANTIATE_TEST_SUITE_P(Cpu, AdamOfEitherDecay,
                         ::testing::Values(AdamSettings::Decay::of_gradient, AdamSettings::Decay::of_value));

TEST_P(AdamOfEitherDecay, FloatIsDoubleButForRounding) {
  const std::vector<float> start = normal_values(1009, 1);
  const AdamSettings settings{.learning_rate = 0.01, .weight_decay = 0.01, .decay = GetParam()};
  std::vector<float> w = start, m(w.size()), v(w.size());
  std::vector<double> expected = widened(start), expected_m(w.size()), expected_v(w.size());
  constexpr int steps = 4;
  for (int t = 1; t <= steps; ++t) {
    const std::vector<float> g = normal_values(w.size(), 10 + static_cast<unsigned>(t));
    adam(std::span{w}, std::span{g}, std::span{m}, std::span{v}, settings, t);
    adam(std::span{expected}, std::span<const double>{widened(g)}, std::span{expected_m}, std::span{expected_v},
         settings, t);
  }
  // A step is at most a few learning rates, with some tens of roundings; the value itself is rounded once a step.
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double largest = static_cast<double>(std::abs(start[i])) + 100 * settings.learning_rate;
    EXPECT_NEAR(static_cast<double>(w[i]), expected[i], steps * unit_roundoff * largest) << i;
  }
}

TEST(Adam, RefusesWrongSizesAndStepZero) {
  std::vector<float> w(2), m(2), v(2), one(1);
  const std::vector<float> g(2);
  EXPECT_THROW(adam(std::span{w}, std::span{g}, std::span{m}, std::span{v}, {}, 0), std::invalid_argument);
  EXPECT_THROW(adam(std::span{w}, std::span{g}, std::span{one}, std::span{v}, {}, 1), std::invalid_argument);
  EXPECT_THROW(adam(std::span{w}, std::span{g}, std::span{m}, std::span{one}, {}, 1), std::invalid_argument);
}

TEST(Ternary, EveryCase) {
  struct Case {
    float w, g, expected;
  };
  // threshold 0.5
  constexpr Case cases[] = {{-1, -1, 0}, {-1, 0, -1},   {-1, 1, -1},    {0, -1, 1},      {0, 0, 0},     {0, 1, -1},
                            {1, -1, 1},  {1, 0, 1},     {1, 1, 0},      {0, 0.5F, -1},   {0, -0.5F, 1}, {0, 0.49F, 0},
                            {0, -7, 1},  {1, 0.49F, 1}, {-1, -0.5F, 0}, {1, 1000.0F, 0}, {-1, 1e9F, -1}};
  for (const auto& [start, gradient, expected] : cases) {
    std::vector<float> w(9, start);  // more than one vector register
    const std::vector<float> g(9, gradient);
    ternary(std::span{w}, std::span{g}, {.threshold = 0.5});
    EXPECT_EQ(w, std::vector<float>(9, expected)) << start << " " << gradient;
    std::vector<double> wide(9, static_cast<double>(start));
    ternary(std::span{wide}, std::span<const double>{widened(g)}, {.threshold = 0.5});
    EXPECT_EQ(wide, std::vector<double>(9, static_cast<double>(expected))) << start << " " << gradient;
  }
}

TEST(Ternary, WithThresholdZeroMovesByTheSign) {
  std::vector<float> w{0, 0, 0};
  const std::vector<float> g{-1e-30F, 0, 1e-30F};
  ternary(std::span{w}, std::span{g}, {.threshold = 0});
  EXPECT_EQ(w, (std::vector<float>{1, 0, -1}));
}

TEST(Ternary, RefusesANegativeThreshold) {
  std::vector<float> w(2);
  const std::vector<float> g(2), three(3);
  EXPECT_THROW(ternary(std::span{w}, std::span{g}, {.threshold = -1}), std::invalid_argument);
  EXPECT_THROW(ternary(std::span{w}, std::span{g}, {.threshold = NAN}), std::invalid_argument);
  EXPECT_THROW(ternary(std::span{w}, std::span{three}, {}), std::invalid_argument);
}

TEST(Optimizers, TakeZeroElements) {
  const std::span<float> none;
  const std::span<const float> no_gradients;
  EXPECT_NO_THROW(sgd(none, no_gradients, none, {.momentum = 0.9}));
  EXPECT_NO_THROW(adam(none, no_gradients, none, none, {}, 1));
  EXPECT_NO_THROW(ternary(none, no_gradients, {}));
}

}  // namespace
}  // namespace lockstep::kernels
