#include "kernels/activation.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "tests/kernels/numerical_gradient.hpp"
#include "tests/kernels/operator_bound.hpp"
#include "tests/kernels/values.hpp"

namespace lockstep::kernels {
namespace {

constexpr std::size_t counts[] = {0, 1, 7, 8, 31, 1009};
constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

template <typename T>
using Forward = void (*)(std::span<const T>, std::span<T>);
template <typename T>
using Backward = void (*)(std::span<const T>, std::span<const T>, std::span<T>);

template <typename T>
std::vector<T> apply(Forward<T> forward, const std::vector<T>& x) {
  std::vector<T> y(x.size());
  forward(x, y);
  return y;
}

template <typename T>
std::vector<T> apply(Backward<T> backward, const std::vector<T>& y, const std::vector<T>& dy) {
  std::vector<T> dx(y.size());
  backward(y, dy, dx);
  return dx;
}

TEST(Relu, IsItsReference) {
  for (const std::size_t count : counts) {
    const std::vector<float> x = normal_values(count, 1);
    const std::vector<float> dy = normal_values(count, 2);
    const std::vector<float> y = apply<float>(relu_forward, x);
    EXPECT_EQ(widened(y), apply<double>(relu_forward, widened(x)));
    EXPECT_EQ(widened(apply<float>(relu_backward, y, dy)), apply<double>(relu_backward, widened(y), widened(dy)));
  }
}

TEST(Relu, ByHand) {
  const std::vector<float> y = apply<float>(relu_forward, {-2, -0.0F, 0, 3, infinity, -infinity});
  EXPECT_EQ(y, (std::vector<float>{0, 0, 0, 3, infinity, 0}));
  EXPECT_EQ(apply<float>(relu_backward, y, {1, 2, 3, 4, 5, 6}), (std::vector<float>{0, 0, 0, 4, 5, 0}));
}

TEST(Relu, DoesNotHideNan) {
  EXPECT_TRUE(std::isnan(apply<float>(relu_forward, {not_a_number})[0]));
  EXPECT_TRUE(std::isnan(apply<double>(relu_forward, {not_a_number})[0]));
}

TEST(Relu, GradientIsThatOfTheForward) {
  const std::vector<double> x = {-2, -0.5, 0.25, 3};  // further than the step from the kink
  const std::vector<double> dy = {1, -2, 3, -4};
  const std::vector<double> numerical = numerical_gradient(
      [&](const std::vector<double>& varied) { return dot(apply<double>(relu_forward, varied), dy); }, x, 0.125);
  EXPECT_EQ(apply<double>(relu_backward, apply<double>(relu_forward, x), dy), numerical);
}

TEST(Activation, RunsInPlace) {
  for (const std::size_t count : counts) {
    const std::vector<float> x = normal_values(count, 1);
    const std::vector<float> dy = normal_values(count, 2);
    for (const Forward<float> forward : {Forward<float>{relu_forward}, Forward<float>{tanh_forward}}) {
      std::vector<float> in_place = x;
      forward(in_place, in_place);
      EXPECT_EQ(in_place, apply<float>(forward, x));
    }
    for (const Backward<float> backward : {Backward<float>{relu_backward}, Backward<float>{tanh_backward}}) {
      std::vector<float> in_place = dy;
      backward(x, in_place, in_place);
      EXPECT_EQ(in_place, apply<float>(backward, x, dy));
    }
  }
}

TEST(Activation, NamesTheWrongSize) {
  const std::vector<float> three(3);
  std::vector<float> two(2);
  EXPECT_THROW(relu_forward(std::span{three}, std::span{two}), std::invalid_argument);
  EXPECT_THROW(tanh_forward(std::span{three}, std::span{two}), std::invalid_argument);
  EXPECT_THROW(relu_backward(std::span{three}, std::span{three}, std::span{two}), std::invalid_argument);
  EXPECT_THROW(tanh_backward(std::span{three}, std::span{three}, std::span{two}), std::invalid_argument);
}

TEST(Tanh, IsWithinThreeUlp) {
  std::vector<float> x;
  for (int i = -1'000'000; i <= 1'000'000; ++i) x.push_back(static_cast<float>(i) * 1.1e-5F);
  for (float tiny = 0.5F; tiny > 1e-30F; tiny /= 1.7F) x.push_back(tiny);
  const std::vector<float> y = apply<float>(tanh_forward, x);
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double exact = std::tanh(static_cast<double>(x[i]));
    const float magnitude = std::abs(static_cast<float>(exact));
    const auto ulp = static_cast<double>(std::nextafter(magnitude, 2.0F) - magnitude);
    worst = std::max(worst, std::abs(static_cast<double>(y[i]) - exact) / ulp);
  }
  EXPECT_LE(worst, 3.0);
  EXPECT_GT(worst, 0.0);
}

TEST(Tanh, AtTheEdges) {
  EXPECT_EQ(apply<float>(tanh_forward, {0.0F, 20, -20, infinity, -infinity}), (std::vector<float>{0.0F, 1, -1, 1, -1}));
  EXPECT_TRUE(std::isnan(apply<float>(tanh_forward, {not_a_number})[0]));
}

/// dx = dy·(1 − y²) rounds three times: y², the difference and the product.
bool is_rounding_only(float dx, double expected, double y, double dy) {
  const double bound = 1.001 * unit_roundoff * std::abs(dy) * (y * y + 2 * (1 - y * y));
  return std::abs(static_cast<double>(dx) - expected) <= bound;
}

TEST(Tanh, BackwardIsItsReferenceButForRounding) {
  for (const std::size_t count : counts) {
    const std::vector<float> y = apply<float>(tanh_forward, normal_values(count, 1));
    const std::vector<float> dy = normal_values(count, 2);
    const std::vector<float> dx = apply<float>(tanh_backward, y, dy);
    const std::vector<double> expected = apply<double>(tanh_backward, widened(y), widened(dy));
    for (std::size_t i = 0; i < count; ++i) {
      const auto [y_i, dy_i] = std::pair{static_cast<double>(y[i]), static_cast<double>(dy[i])};
      EXPECT_TRUE(is_rounding_only(dx[i], expected[i], y_i, dy_i)) << i;
      EXPECT_FALSE(is_rounding_only(dx[i] * (1 + 0x1p-18F), expected[i], y_i, dy_i) && std::abs(y_i) < 0.9) << i;
    }
  }
}

TEST(Tanh, GradientIsThatOfTheForward) {
  const std::vector<double> x = {-2, -0.5, 0, 0.25, 3};
  const std::vector<double> dy = {1, -2, 3, -4, 5};
  const std::vector<double> numerical = numerical_gradient(
      [&](const std::vector<double>& varied) { return dot(apply<double>(tanh_forward, varied), dy); }, x, 1e-5);
  const std::vector<double> dx = apply<double>(tanh_backward, apply<double>(tanh_forward, x), dy);
  // h²·|tanh'''|/6 ≤ 3e-11·|dy|, rounding 2⁻⁵²·Σ|dy|/h ≈ 3e-10.
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(dx[i], numerical[i], 1e-9);
}

}  // namespace
}  // namespace lockstep::kernels
