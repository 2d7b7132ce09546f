#include "kernels/layer_norm.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "tests/kernels/numerical_gradient.hpp"
#include "tests/kernels/operator_bound.hpp"
#include "tests/kernels/values.hpp"

namespace lockstep::kernels {
namespace {

using ::testing::ElementsAre;

constexpr std::size_t rows = 5, width = 67;  // more than the columns that are summed at a time

template <typename T>
struct LayerNorm {
  std::vector<T> x, gamma, beta, dy;
  std::vector<T> statistics = std::vector<T>(2 * (x.size() / gamma.size()));
  std::vector<T> y = std::vector<T>(x.size()), dx = y;
  std::vector<T> dgamma = std::vector<T>(gamma.size()), dbeta = dgamma;

  void forward() { layer_norm_forward<T>(x, gamma, beta, statistics, y); }
  void backward(Into into = Into::overwrite) {
    layer_norm_backward_parameters<T>(x, dy, statistics, dgamma, dbeta, into);
    layer_norm_backward_input<T>(x, dy, statistics, gamma, dx);
  }
};

LayerNorm<float> normal_pass() {
  LayerNorm<float> pass{.x = normal_values(rows * width, 1),
                        .gamma = normal_values(width, 2),
                        .beta = normal_values(width, 3),
                        .dy = normal_values(rows * width, 4)};
  for (float& value : pass.x) value = 3 * value + 5;
  return pass;
}

LayerNorm<double> widened_pass(const LayerNorm<float>& pass) {
  return {.x = widened(pass.x), .gamma = widened(pass.gamma), .beta = widened(pass.beta), .dy = widened(pass.dy)};
}

TEST(LayerNorm, normalises_each_row) {
  // The second row has no variance: ε keeps it finite.
  LayerNorm<double> pass{
      .x = {1, 2, 3, 4, 9, 9, 9, 9}, .gamma = {1, 1, 1, 2}, .beta = {0, 0, 0, 7}, .dy = std::vector(8, 0.0)};
  pass.forward();
  const double scale = 1 / std::sqrt(1.25 + 1e-5);
  EXPECT_THAT(pass.y, ElementsAre(-1.5 * scale, -0.5 * scale, 0.5 * scale, 1.5 * scale * 2 + 7, 0, 0, 0, 7));
  EXPECT_THAT(pass.statistics, ElementsAre(2.5, scale, 9, 1 / std::sqrt(1e-5)));
}

TEST(LayerNorm, gradients_are_those_of_forward) {
  const LayerNorm<double> start = widened_pass(normal_pass());
  const auto loss = [&](std::vector<double> LayerNorm<double>::*part) {
    return [&, part](const std::vector<double>& at) {
      LayerNorm<double> pass = start;
      pass.*part = at;
      pass.forward();
      return dot(pass.y, pass.dy);
    };
  };
  LayerNorm<double> pass = start;
  pass.forward();
  pass.backward();
  const auto expect_near = [](const std::vector<double>& analytic, const std::vector<double>& numerical) {
    // Central differences of values of order ten: h²·f'''/6 + 2⁻⁵²·|f|/h, below 1e-8 for h = 1e-5.
    for (std::size_t i = 0; i < analytic.size(); ++i) EXPECT_NEAR(analytic[i], numerical[i], 1e-8);
  };
  expect_near(pass.dx, numerical_gradient(loss(&LayerNorm<double>::x), start.x, 1e-5));
  expect_near(pass.dgamma, numerical_gradient(loss(&LayerNorm<double>::gamma), start.gamma, 1e-5));
  expect_near(pass.dbeta, numerical_gradient(loss(&LayerNorm<double>::beta), start.beta, 1e-5));
}

TEST(LayerNorm, gradients_of_parameters_join_what_is_there) {
  LayerNorm<double> pass = widened_pass(normal_pass());
  pass.forward();
  pass.backward();
  const std::vector<double> once = pass.dgamma;
  pass.backward(Into::add);
  for (std::size_t i = 0; i < width; ++i) EXPECT_DOUBLE_EQ(pass.dgamma[i], 2 * once[i]);
}

/// With m and d rounded, x̂ = (x − m)·d errs by at most 4u·(|m| + |x − m|)·d; a product and a sum follow.
TEST(LayerNorm, float_is_within_its_rounding_of_the_reference) {
  LayerNorm<float> pass = normal_pass();
  LayerNorm<double> expected = widened_pass(pass);
  pass.forward();
  pass.backward();
  expected.forward();
  expected.backward();
  std::vector<double> gamma_bound(width), beta_bound(width);
  for (std::size_t row = 0; row < rows; ++row) {
    const double mean = expected.statistics[2 * row], d = expected.statistics[2 * row + 1];
    double sum_g = 0, sum_g_x = 0;
    const auto x_hat = [&](std::size_t i) { return (std::abs(mean) + std::abs(expected.x[i] - mean)) * d; };
    for (std::size_t c = 0; c < width; ++c) {
      const std::size_t i = row * width + c;
      const double g = std::abs(expected.dy[i] * expected.gamma[c]);
      sum_g += g / static_cast<double>(width);
      sum_g_x += g * x_hat(i) / static_cast<double>(width);
      gamma_bound[c] += 6 * unit_roundoff * std::abs(expected.dy[i]) * x_hat(i);
      beta_bound[c] += unit_roundoff * std::abs(expected.dy[i]);
      const double bound = 6 * unit_roundoff * (x_hat(i) * std::abs(expected.gamma[c]) + std::abs(expected.beta[c]));
      EXPECT_LE(std::abs(static_cast<double>(pass.y[i]) - expected.y[i]), bound) << i;
    }
    for (std::size_t i = row * width; i < (row + 1) * width; ++i) {
      const double g = std::abs(expected.dy[i] * expected.gamma[i - row * width]);
      const double bound = 12 * unit_roundoff * d * (g + sum_g + x_hat(i) * sum_g_x);
      EXPECT_LE(std::abs(static_cast<double>(pass.dx[i]) - expected.dx[i]), bound) << i;
    }
  }
  for (std::size_t c = 0; c < width; ++c) {
    EXPECT_LE(std::abs(static_cast<double>(pass.dgamma[c]) - expected.dgamma[c]), gamma_bound[c]) << c;
    EXPECT_LE(std::abs(static_cast<double>(pass.dbeta[c]) - expected.dbeta[c]), beta_bound[c]) << c;
  }
}

TEST(LayerNorm, refuses_arrays_of_other_sizes) {
  LayerNorm<float> pass = normal_pass();
  pass.statistics.pop_back();
  EXPECT_THROW(pass.forward(), std::invalid_argument);
  pass = normal_pass();
  pass.beta.pop_back();
  EXPECT_THROW(pass.forward(), std::invalid_argument);
  pass = normal_pass();
  pass.dx.pop_back();
  EXPECT_THROW(pass.backward(), std::invalid_argument);
}

}  // namespace
}  // namespace lockstep::kernels
