#include "kernels/batch_norm.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "tests/kernels/numerical_gradient.hpp"
#include "tests/kernels/operator_bound.hpp"
#include "tests/kernels/values.hpp"

namespace lockstep::kernels {
namespace {

using ::testing::ElementsAre;

constexpr BatchNormShape shape{.rows = 4, .channels = 3, .plane = 11};

/// A training pass and its gradients.
template <typename T>
struct BatchNorm {
  std::vector<T> x, gamma, beta, dy;
  std::vector<T> mean = std::vector<T>(gamma.size()), inverse_deviation = mean;
  std::vector<T> running_mean = mean, running_variance = std::vector<T>(gamma.size(), T{1});
  std::vector<T> y = std::vector<T>(x.size()), dx = y, dgamma = mean, dbeta = mean;
  std::vector<double> sums = std::vector<double>(2 * gamma.size());

  BatchNormStatistics<T> statistics() { return {mean, inverse_deviation, running_mean, running_variance}; }

  void forward(BatchNormShape of = shape) {
    batch_norm_sums<T>(x, sums, of);
    batch_norm_statistics<T>(sums, of.rows * of.plane, statistics(), {});
    batch_norm_forward<T>(x, mean, inverse_deviation, gamma, beta, y, of);
  }
  void backward(BatchNormShape of = shape) {
    batch_norm_backward_sums<T>(x, dy, mean, inverse_deviation, sums, of);
    batch_norm_backward_parameters<T>(sums, dgamma, dbeta, Into::overwrite);
    batch_norm_backward_input<T>(x, dy, mean, inverse_deviation, gamma, sums, of.rows * of.plane, dx, of);
  }
};

BatchNorm<float> normal_pass() {
  BatchNorm<float> pass{.x = normal_values(shape.count(), 1),
                        .gamma = normal_values(shape.channels, 2),
                        .beta = normal_values(shape.channels, 3),
                        .dy = normal_values(shape.count(), 4)};
  for (float& value : pass.x) value = 3 * value + 5;
  return pass;
}

BatchNorm<double> widened_pass(const BatchNorm<float>& pass) {
  return {.x = widened(pass.x), .gamma = widened(pass.gamma), .beta = widened(pass.beta), .dy = widened(pass.dy)};
}

TEST(BatchNorm, normalises_each_channel) {
  // Channel 0 holds 1 2 3 4, channel 1 holds 10 10 10 10: ε keeps the second one finite.
  BatchNorm<double> pass{.x = {1, 2, 10, 10, 3, 4, 10, 10}, .gamma = {2, 2}, .beta = {0, 7}, .dy = std::vector(8, 0.0)};
  const BatchNormShape small{.rows = 2, .channels = 2, .plane = 2};
  pass.forward(small);
  EXPECT_THAT(pass.mean, ElementsAre(2.5, 10));
  const double scale = 2 / std::sqrt(1.25 + 1e-5);
  EXPECT_THAT(pass.y, ElementsAre(-1.5 * scale, -0.5 * scale, 7, 7, 0.5 * scale, 1.5 * scale, 7, 7));
}

/// B26's numbers for the piece 1, 2, 3, 4 of the batch 1 … 8: mean .25, variance 1.0666667.
TEST(BatchNorm, running_statistics_take_the_unbiased_variance) {
  BatchNorm<double> pass{.x = {1, 2, 3, 4}, .gamma = {1}, .beta = {0}, .dy = std::vector(4, 0.0)};
  const BatchNormShape piece{.rows = 4, .channels = 1, .plane = 1};
  pass.forward(piece);
  EXPECT_DOUBLE_EQ(pass.running_mean[0], 0.25);
  EXPECT_DOUBLE_EQ(pass.running_variance[0], 0.9 + 0.1 * (1.25 * 4 / 3));
  batch_norm_running<double>(pass.statistics(), {});
  EXPECT_EQ(pass.mean, pass.running_mean);
  EXPECT_DOUBLE_EQ(pass.inverse_deviation[0], 1 / std::sqrt(pass.running_variance[0] + 1e-5));
}

TEST(BatchNorm, a_batch_without_rows_changes_nothing) {
  BatchNorm<float> pass{.x = {}, .gamma = {1, 2}, .beta = {3, 4}, .dy = {}};
  pass.mean = {5, 6};
  const BatchNormShape empty{.rows = 0, .channels = 2, .plane = 9};
  pass.forward(empty);
  pass.backward(empty);
  EXPECT_THAT(pass.mean, ElementsAre(5, 6));
  EXPECT_THAT(pass.running_variance, ElementsAre(1, 1));
  EXPECT_THAT(pass.dgamma, ElementsAre(0, 0));
  EXPECT_THAT(pass.dbeta, ElementsAre(0, 0));
}

TEST(BatchNorm, one_element_of_a_channel_has_no_variance) {
  BatchNorm<double> pass{.x = {3}, .gamma = {2}, .beta = {1}, .dy = {5}};
  const BatchNormShape one{.rows = 1, .channels = 1, .plane = 1};
  pass.forward(one);
  pass.backward(one);
  EXPECT_THAT(pass.y, ElementsAre(1));
  EXPECT_THAT(pass.dx, ElementsAre(0));
  EXPECT_DOUBLE_EQ(pass.running_variance[0], 0.9);
}

TEST(BatchNorm, gradients_are_those_of_forward) {
  const BatchNorm<double> start = widened_pass(normal_pass());
  const auto loss = [&](std::vector<double> BatchNorm<double>::*part) {
    return [&, part](const std::vector<double>& at) {
      BatchNorm<double> pass = start;
      pass.*part = at;
      pass.forward();
      return dot(pass.y, pass.dy);
    };
  };
  BatchNorm<double> pass = start;
  pass.forward();
  pass.backward();
  const auto expect_near = [](const std::vector<double>& analytic, const std::vector<double>& numerical) {
    // Central differences of values of order ten: h²·f'''/6 + 2⁻⁵²·|f|/h, below 1e-8 for h = 1e-5.
    for (std::size_t i = 0; i < analytic.size(); ++i) EXPECT_NEAR(analytic[i], numerical[i], 1e-8);
  };
  expect_near(pass.dx, numerical_gradient(loss(&BatchNorm<double>::x), start.x, 1e-5));
  expect_near(pass.dgamma, numerical_gradient(loss(&BatchNorm<double>::gamma), start.gamma, 1e-5));
  expect_near(pass.dbeta, numerical_gradient(loss(&BatchNorm<double>::beta), start.beta, 1e-5));
}

/// y = (x − m)·s + β with s = γ·d: m, d and s are rounded, the difference, the product and the sum too. The roundings
/// of the first four move y by at most u·(|m| + 3·|x − m|)·|s|, those of the last two by u·(|y − β| + |y|); twice that
/// leaves room for their products.
TEST(BatchNorm, forward_is_within_its_rounding_of_the_reference) {
  BatchNorm<float> pass = normal_pass();
  BatchNorm<double> expected = widened_pass(pass);
  pass.forward();
  expected.forward();
  for (std::size_t i = 0; i < pass.y.size(); ++i) {
    const std::size_t c = i / shape.plane % shape.channels;
    const double difference = std::abs(expected.x[i] - expected.mean[c]);
    const double scale = std::abs(expected.gamma[c] * expected.inverse_deviation[c]);
    const double bound = (std::abs(expected.mean[c]) + 3 * difference) * scale +
                         std::abs(expected.y[i] - expected.beta[c]) + std::abs(expected.y[i]);
    EXPECT_LE(std::abs(static_cast<double>(pass.y[i]) - expected.y[i]), 2 * unit_roundoff * bound) << i;
  }
}

/// Likewise with x̂ = (x − m)·d, which errs by at most 4u·(|m| + |x − m|)·d, in the sums and in dx.
TEST(BatchNorm, gradients_are_within_their_rounding_of_the_reference) {
  BatchNorm<float> pass = normal_pass();
  BatchNorm<double> expected = widened_pass(pass);
  pass.forward();
  pass.backward();
  expected.forward();
  expected.backward();
  const auto n = static_cast<double>(shape.rows * shape.plane);
  std::vector<double> gamma_bound(shape.channels);
  const auto x_hat = [&](std::size_t i, std::size_t c) {
    return (std::abs(expected.mean[c]) + std::abs(expected.x[i] - expected.mean[c])) * expected.inverse_deviation[c];
  };
  for (std::size_t i = 0; i < pass.x.size(); ++i) {
    const std::size_t c = i / shape.plane % shape.channels;
    gamma_bound[c] += 4 * unit_roundoff * std::abs(expected.dy[i]) * x_hat(i, c);
  }
  for (std::size_t c = 0; c < shape.channels; ++c) {
    EXPECT_LE(std::abs(static_cast<double>(pass.dgamma[c]) - expected.dgamma[c]),
              gamma_bound[c] + unit_roundoff * std::abs(expected.dgamma[c]));
    EXPECT_LE(std::abs(static_cast<double>(pass.dbeta[c]) - expected.dbeta[c]),
              unit_roundoff * std::abs(expected.dbeta[c]));
  }
  for (std::size_t i = 0; i < pass.x.size(); ++i) {
    const std::size_t c = i / shape.plane % shape.channels;
    const double slope = std::abs(expected.dgamma[c]) / n;
    const double terms = std::abs(expected.dy[i]) + std::abs(expected.dbeta[c]) / n + x_hat(i, c) * slope;
    const double scale = std::abs(expected.gamma[c]) * expected.inverse_deviation[c];
    const double bound = scale * (8 * unit_roundoff * terms + x_hat(i, c) * gamma_bound[c] / n);
    EXPECT_LE(std::abs(static_cast<double>(pass.dx[i]) - expected.dx[i]), bound) << i;
  }
}

TEST(BatchNorm, refuses_arrays_of_other_sizes) {
  BatchNorm<float> pass = normal_pass();
  pass.gamma.pop_back();
  EXPECT_THROW(pass.forward(), std::invalid_argument);
  pass = normal_pass();
  pass.sums.pop_back();
  EXPECT_THROW(pass.forward(), std::invalid_argument);
}

}  // namespace
}  // namespace lockstep::kernels
