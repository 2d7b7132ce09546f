#include "kernels/linear.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "tests/kernels/numerical_gradient.hpp"
#include "tests/kernels/operator_bound.hpp"
#include "tests/kernels/values.hpp"

namespace lockstep::kernels {
namespace {

constexpr LinearShape shapes[] = {{1, 1, 1}, {0, 3, 2}, {5, 7, 3}, {13, 1, 11}, {64, 97, 10}, {3, 784, 31}};

/// One layer's arrays in one type.
template <typename T>
struct Layer {
  std::vector<T> x, w, bias, dy;
};

Layer<float> normal_layer(LinearShape shape) {
  return {normal_values(shape.rows * shape.in, 1), normal_values(shape.out * shape.in, 2), normal_values(shape.out, 3),
          normal_values(shape.rows * shape.out, 4)};
}

Layer<float> integer_layer(LinearShape shape) {
  return {integer_values(shape.rows * shape.in, 8, 1), integer_values(shape.out * shape.in, 8, 2),
          integer_values(shape.out, 8, 3), integer_values(shape.rows * shape.out, 8, 4)};
}

Layer<double> widened_layer(const Layer<float>& layer) {
  return {widened(layer.x), widened(layer.w), widened(layer.bias), widened(layer.dy)};
}

Layer<double> layer_of_magnitudes(const Layer<float>& layer) {
  return {magnitudes(layer.x), magnitudes(layer.w), magnitudes(layer.bias), magnitudes(layer.dy)};
}

/// Every result of the layer; gradients with Into::add start from 1.
template <typename T>
struct Results {
  std::vector<T> y, dx, dw, db, dw_added, db_added;
  bool operator==(const Results&) const = default;
};

template <typename T>
Results<T> run(const Layer<T>& layer, LinearShape shape) {
  const std::span<const T> x{layer.x}, w{layer.w}, bias{layer.bias}, dy{layer.dy};
  Results<T> results{.y = std::vector<T>(shape.rows * shape.out),
                     .dx = std::vector<T>(shape.rows * shape.in),
                     .dw = std::vector<T>(shape.out * shape.in, T{7}),
                     .db = std::vector<T>(shape.out, T{7}),
                     .dw_added = std::vector<T>(shape.out * shape.in, T{1}),
                     .db_added = std::vector<T>(shape.out, T{1})};
  linear_forward(x, w, bias, std::span{results.y}, shape);
  linear_backward_input(dy, w, std::span{results.dx}, shape);
  linear_backward_weight(x, dy, std::span{results.dw}, shape, Into::overwrite);
  linear_backward_bias(dy, std::span{results.db}, shape, Into::overwrite);
  linear_backward_weight(x, dy, std::span{results.dw_added}, shape, Into::add);
  linear_backward_bias(dy, std::span{results.db_added}, shape, Into::add);
  return results;
}

TEST(Linear, IsWithinTheOperatorBound) {
  for (const LinearShape shape : shapes) {
    SCOPED_TRACE(testing::Message() << shape.rows << " " << shape.in << " " << shape.out);
    const Layer<float> layer = normal_layer(shape);
    const Results<float> computed = run(layer, shape);
    const Results<double> expected = run(widened_layer(layer), shape);
    const Results<double> magnitude = run(layer_of_magnitudes(layer), shape);
    EXPECT_EQ(count_violations(computed.y, expected.y, magnitude.y, shape.in + 1), 0U);
    EXPECT_EQ(count_violations(computed.dx, expected.dx, magnitude.dx, shape.out), 0U);
    EXPECT_EQ(count_violations(computed.dw, expected.dw, magnitude.dw, shape.rows), 0U);
    EXPECT_EQ(count_violations(computed.db, expected.db, magnitude.db, shape.rows), 0U);
    EXPECT_EQ(count_violations(computed.dw_added, expected.dw_added, magnitude.dw_added, shape.rows + 1), 0U);
    EXPECT_EQ(count_violations(computed.db_added, expected.db_added, magnitude.db_added, shape.rows + 1), 0U);
  }
}

TEST(Linear, IsExactOnIntegers) {
  for (const LinearShape shape : shapes) {
    const Layer<float> layer = integer_layer(shape);
    const Results<float> computed = run(layer, shape);
    const Results<double> expected = run(widened_layer(layer), shape);
    EXPECT_EQ(widened(computed.y), expected.y);
    EXPECT_EQ(widened(computed.dx), expected.dx);
    EXPECT_EQ(widened(computed.dw), expected.dw);
    EXPECT_EQ(widened(computed.db), expected.db);
    EXPECT_EQ(widened(computed.dw_added), expected.dw_added);
    EXPECT_EQ(widened(computed.db_added), expected.db_added);
  }
}

TEST(Linear, GradientsOfZeroRowsAreZero) {
  const LinearShape shape{.rows = 0, .in = 3, .out = 2};
  const Results<float> results = run(normal_layer(shape), shape);
  EXPECT_EQ(results.dw, std::vector<float>(6, 0.0F));
  EXPECT_EQ(results.db, std::vector<float>(2, 0.0F));
  EXPECT_EQ(results.dw_added, std::vector<float>(6, 1.0F));
  EXPECT_EQ(results.db_added, std::vector<float>(2, 1.0F));
}

TEST(Linear, ByHand) {
  // One row x = (1, 2), w = ((1, 2), (3, 4), (5, 6)), bias = (10, 20, 30), dy = (1, 0, 2).
  const LinearShape shape{.rows = 1, .in = 2, .out = 3};
  const Layer<double> layer{{1, 2}, {1, 2, 3, 4, 5, 6}, {10, 20, 30}, {1, 0, 2}};
  const Results<double> expected{.y = {15, 31, 47},
                                 .dx = {11, 14},
                                 .dw = {1, 2, 0, 0, 2, 4},
                                 .db = {1, 0, 2},
                                 .dw_added = {2, 3, 1, 1, 3, 5},
                                 .db_added = {2, 1, 3}};
  EXPECT_EQ(run(layer, shape), expected);
}

TEST(Linear, AnEmptyBiasIsNone) {
  const LinearShape shape{.rows = 5, .in = 7, .out = 3};
  Layer<float> layer = integer_layer(shape);
  layer.bias.clear();
  EXPECT_EQ(widened(run(layer, shape).y), run(widened_layer(layer), shape).y);
  Layer<float> zero = layer;
  zero.bias.assign(shape.out, 0.0F);
  EXPECT_EQ(run(layer, shape).y, run(zero, shape).y);
}

TEST(Linear, GradientsAreThoseOfTheForward) {
  const LinearShape shape{.rows = 4, .in = 5, .out = 3};
  const Layer<double> layer = widened_layer(normal_layer(shape));
  const Results<double> results = run(layer, shape);
  // The objective Σ dy·y is linear in each of x, w and bias: only rounding separates the two.
  constexpr double step = 1e-3;
  constexpr double rounding = 1e-10;
  const auto objective = [&](const Layer<double>& varied) { return dot(run(varied, shape).y, layer.dy); };
  const auto expect_gradient = [&](std::vector<double> Layer<double>::*member, const std::vector<double>& gradient) {
    const auto of_member = [&](const std::vector<double>& values) {
      Layer<double> varied = layer;
      varied.*member = values;
      return objective(varied);
    };
    const std::vector<double> numerical = numerical_gradient(of_member, layer.*member, step);
    ASSERT_EQ(gradient.size(), numerical.size());
    for (std::size_t i = 0; i < gradient.size(); ++i) EXPECT_NEAR(gradient[i], numerical[i], rounding);
  };
  expect_gradient(&Layer<double>::x, results.dx);
  expect_gradient(&Layer<double>::w, results.dw);
  expect_gradient(&Layer<double>::bias, results.db);
}

TEST(Linear, NamesTheWrongSize) {
  const LinearShape shape{.rows = 2, .in = 2, .out = 2};
  const std::vector<float> four(4);
  const std::vector<float> three(3);
  std::vector<float> result(4);
  EXPECT_THROW(linear_forward(std::span{three}, std::span{four}, std::span<const float>{}, std::span{result}, shape),
               std::invalid_argument);
  EXPECT_THROW(linear_forward(std::span{four}, std::span{four}, std::span{three}, std::span{result}, shape),
               std::invalid_argument);
  EXPECT_THROW(linear_backward_input(std::span{four}, std::span{three}, std::span{result}, shape),
               std::invalid_argument);
  EXPECT_THROW(linear_backward_weight(std::span{four}, std::span{three}, std::span{result}, shape, Into::add),
               std::invalid_argument);
  EXPECT_THROW(linear_backward_bias(std::span{four}, std::span{result}, shape, Into::add), std::invalid_argument);
}

TEST(LinearPlant, WrongBiasViolatesTheBound) {
  const LinearShape shape{.rows = 4, .in = 2047, .out = 8};
  const Layer<float> layer = normal_layer(shape);
  const Results<double> expected = run(widened_layer(layer), shape);
  const Results<double> magnitude = run(layer_of_magnitudes(layer), shape);
  Layer<float> shifted = layer;
  std::ranges::rotate(shifted.bias, shifted.bias.begin() + 1);
  Layer<float> without = layer;
  without.bias.clear();
  EXPECT_EQ(count_violations(run(layer, shape).y, expected.y, magnitude.y, shape.in + 1), 0U);
  EXPECT_GT(count_violations(run(shifted, shape).y, expected.y, magnitude.y, shape.in + 1), 0U);
  EXPECT_GT(count_violations(run(without, shape).y, expected.y, magnitude.y, shape.in + 1), 0U);
}

TEST(LinearPlant, OneLostRowViolatesTheBound) {
  const LinearShape shape{.rows = 256, .in = 16, .out = 8};
  const Layer<float> layer = normal_layer(shape);
  const Results<double> expected = run(widened_layer(layer), shape);
  const Results<double> magnitude = run(layer_of_magnitudes(layer), shape);
  Layer<float> lost = layer;
  std::fill_n(lost.dy.begin(), shape.out, 0.0F);
  const Results<float> computed = run(lost, shape);
  EXPECT_GT(count_violations(computed.dw, expected.dw, magnitude.dw, shape.rows), 0U);
  EXPECT_GT(count_violations(computed.db, expected.db, magnitude.db, shape.rows), 0U);
}

}  // namespace
}  // namespace lockstep::kernels
