#include "kernels/gelu.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "tests/kernels/numerical_gradient.hpp"
#include "tests/kernels/operator_bound.hpp"
#include "tests/kernels/values.hpp"

namespace lockstep::kernels {
namespace {

/// torch.nn.functional.gelu(x, approximate="tanh") in float64.
TEST(Gelu, has_the_values_of_the_tanh_form) {
  const std::vector<double> x{-3, -1, 0, 0.5, 1, 3};
  std::vector<double> y(x.size());
  gelu_forward<double>(x, y);
  const auto formula = [](double v) {
    return v / 2 * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (v + 0.044715 * v * v * v)));
  };
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(y[i], formula(x[i]), 1e-15);
  EXPECT_NEAR(y[4], 0.841192, 1e-6);
  EXPECT_NEAR(y[1], -0.158808, 1e-6);
}

TEST(Gelu, gradient_is_that_of_forward) {
  const std::vector<double> x = widened(normal_values(50, 1)), dy = widened(normal_values(50, 2));
  std::vector<double> dx(x.size());
  gelu_backward<double>(x, dy, dx);
  const auto loss = [&](const std::vector<double>& at) {
    std::vector<double> y(at.size());
    gelu_forward<double>(at, y);
    return dot(y, dy);
  };
  const std::vector<double> numerical = numerical_gradient(loss, x, 1e-5);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(dx[i], numerical[i], 1e-8);
}

/// tanh within 3 ulp of its value, and u within 5 roundings, which move tanh u by at most 5u·|u|·(1 − tanh² u) < 3u.
/// With the sum and two products: 10u of |x| for y; the gradient has as many in each of its three terms, all below
/// 2·|dy|· (1 + |x|), with slopes up to 1 + |x|².
TEST(Gelu, float_is_within_its_rounding_of_the_reference) {
  const std::vector<float> x = normal_values(3000, 3), dy = normal_values(3000, 4);
  std::vector<float> y(x.size()), dx(x.size());
  std::vector<double> wide_y(x.size()), wide_dx(x.size());
  gelu_forward<float>(x, y);
  gelu_backward<float>(x, dy, dx);
  gelu_forward<double>(widened(x), wide_y);
  gelu_backward<double>(widened(x), widened(dy), wide_dx);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double size = std::abs(static_cast<double>(x[i]));
    EXPECT_LE(std::abs(static_cast<double>(y[i]) - wide_y[i]), 10 * unit_roundoff * size) << x[i];
    EXPECT_LE(std::abs(static_cast<double>(dx[i]) - wide_dx[i]),
              10 * unit_roundoff * std::abs(static_cast<double>(dy[i])) * (1 + size) * (1 + size * size))
        << x[i];
  }
}

TEST(Gelu, refuses_other_sizes) {
  std::vector<float> two(2), three(3);
  EXPECT_THROW(gelu_forward<float>(two, three), std::invalid_argument);
  EXPECT_THROW(gelu_backward<float>(two, two, three), std::invalid_argument);
  EXPECT_THROW(gelu_backward<float>(two, three, two), std::invalid_argument);
}

}  // namespace
}  // namespace lockstep::kernels
