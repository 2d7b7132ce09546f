// Kernels on elements that are stored in bfloat16. Where the order of the sums is given, a result is the float kernel's
// on the same inputs, rounded once; products are within the operator bound of their double-precision reference.
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "kernels/activation.hpp"
#include "kernels/gemm.hpp"
#include "kernels/linear.hpp"
#include "kernels/losses.hpp"
#include "kernels/optimizers.hpp"
#include "kernels/sum.hpp"
#include "tests/kernels/operator_bound.hpp"
#include "tests/kernels/values.hpp"

namespace lockstep::kernels {
namespace {

using Values = std::vector<BFloat16>;

Values rounded(const std::vector<float>& values) {
  Values result;
  for (const float value : values) result.push_back(BFloat16{value});
  return result;
}

std::vector<float> widened_to_float(const Values& values) { return {values.begin(), values.end()}; }

std::vector<double> widened(const Values& values) { return kernels::widened(widened_to_float(values)); }

std::vector<double> magnitudes(const Values& values) { return kernels::magnitudes(widened_to_float(values)); }

/// To compare, NaN included.
std::vector<std::uint16_t> bits(const Values& values) {
  std::vector<std::uint16_t> result;
  for (const BFloat16 value : values) result.push_back(value.bits);
  return result;
}

/// Every finite value of a small set against every other one: signs, zeros, subnormal numbers, neighbours of 1, the
/// ends of the range.
constexpr float corners[] = {0.0F,        -0.0F,      1.0F,       -1.0F,     1.0078125F,
                             0.99609375F, 2.5F,       -3.140625F, 0x1p-133F, -0x1p-133F,
                             0x1p-126F,   -0x1p-126F, 0x1p100F,   -0x1p100F, 0x1.FEp127F};

struct Pairs {
  Values first;
  Values second;
};

Pairs pairs_of_corners() {
  Pairs pairs;
  for (const float first : corners)
    for (const float second : corners) {
      pairs.first.push_back(BFloat16{first});
      pairs.second.push_back(BFloat16{second});
    }
  return pairs;
}

std::vector<Pairs> element_wise_inputs() {
  return {pairs_of_corners(), {rounded(normal_values(1009, 1)), rounded(normal_values(1009, 2))}, {}};
}

TEST(BFloat16Kernels, ActivationsAreThoseOfFloatRoundedOnce) {
  for (const auto& [x, dy] : element_wise_inputs()) {
    const std::vector<float> wide_x = widened_to_float(x);
    const std::vector<float> wide_dy = widened_to_float(dy);
    Values y(x.size());
    std::vector<float> wide_y(x.size());
    const auto expect_same = [&] { EXPECT_EQ(bits(y), bits(rounded(wide_y))); };
    relu_forward(std::span{x}, std::span{y});
    relu_forward(std::span{wide_x}, std::span{wide_y});
    expect_same();
    tanh_forward(std::span{x}, std::span{y});
    tanh_forward(std::span{wide_x}, std::span{wide_y});
    expect_same();
    relu_backward(std::span{x}, std::span{dy}, std::span{y});
    relu_backward(std::span{wide_x}, std::span{wide_dy}, std::span{wide_y});
    expect_same();
    tanh_backward(std::span{x}, std::span{dy}, std::span{y});
    tanh_backward(std::span{wide_x}, std::span{wide_dy}, std::span{wide_y});
    expect_same();
  }
}

TEST(BFloat16Kernels, ReluDoesNotHideNan) {
  const Values x{BFloat16{std::numeric_limits<float>::quiet_NaN()}};
  Values y(1);
  relu_forward(std::span{x}, std::span{y});
  EXPECT_TRUE(std::isnan(float{y[0]}));
}

TEST(BFloat16Kernels, SumsAreThoseOfFloatRoundedOnce) {
  for (const std::size_t count : {0U, 1U, 255U, 256U, 257U, 1000U})
    for (unsigned ranks = 1; ranks <= 5; ++ranks) {
      std::vector<Values> arrays;
      std::vector<float> expected(count);
      for (unsigned rank = 0; rank < ranks; ++rank) {
        arrays.push_back(rounded(normal_values(count, rank)));
        for (std::size_t i = 0; i < count; ++i)
          expected[i] = rank == 0 ? float{arrays[0][i]} : expected[i] + float{arrays[rank][i]};
      }
      std::vector<const BFloat16*> inputs;
      std::vector<BFloat16*> outputs;
      for (Values& array : arrays) inputs.push_back(array.data()), outputs.push_back(array.data());
      sum_in_order(std::span<const BFloat16* const>{inputs}, std::span<BFloat16* const>{outputs}, count);
      for (const Values& array : arrays) EXPECT_EQ(bits(array), bits(rounded(expected))) << ranks << " " << count;
    }
}

TEST(BFloat16Kernels, ASumIsNotRoundedOnTheWay) {
  // 256 + 1 is 256 in bfloat16, and so would be 256 + 1 + 1; in float the ones add up to what is stored.
  Values large{BFloat16{256.0F}};
  const Values one{BFloat16{1.0F}};
  const std::vector<const BFloat16*> inputs{large.data(), one.data(), one.data()};
  const std::vector<BFloat16*> outputs{large.data()};
  sum_in_order(std::span<const BFloat16* const>{inputs}, std::span<BFloat16* const>{outputs}, 1);
  EXPECT_EQ(float{large[0]}, 258.0F);
}

TEST(BFloat16Kernels, OptimizersAreThoseOfFloatRoundedOnce) {
  const Values start = rounded(normal_values(1009, 1));
  const Values g = rounded(normal_values(1009, 2));
  const std::vector<float> wide_g = widened_to_float(g);
  Values w = start;
  std::vector<float> wide_w = widened_to_float(start);
  const auto expect_same = [&](const Values& found, const std::vector<float>& expected) {
    EXPECT_EQ(bits(found), bits(rounded(expected)));
  };
  for (const bool nesterov : {false, true}) {
    const SgdSettings settings{.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.01, .nesterov = nesterov};
    Values velocity = rounded(normal_values(1009, 3));
    std::vector<float> wide_velocity = widened_to_float(velocity);
    sgd(std::span{w}, std::span{g}, std::span{velocity}, settings);
    sgd(std::span{wide_w}, std::span{wide_g}, std::span{wide_velocity}, settings);
    expect_same(w, wide_w);
    expect_same(velocity, wide_velocity);
    w = start, wide_w = widened_to_float(start);
  }
  sgd(std::span{w}, std::span{g}, std::span<BFloat16>{}, {.learning_rate = 0.3, .weight_decay = 0.1});
  sgd(std::span{wide_w}, std::span{wide_g}, std::span<float>{}, {.learning_rate = 0.3, .weight_decay = 0.1});
  expect_same(w, wide_w);
  w = start, wide_w = widened_to_float(start);
  Values m = rounded(normal_values(1009, 3));
  Values v = rounded(std::vector<float>(1009, 0.5F));
  std::vector<float> wide_m = widened_to_float(m);
  std::vector<float> wide_v = widened_to_float(v);
  adam(std::span{w}, std::span{g}, std::span{m}, std::span{v}, {.learning_rate = 0.01}, 3);
  adam(std::span{wide_w}, std::span{wide_g}, std::span{wide_m}, std::span{wide_v}, {.learning_rate = 0.01}, 3);
  expect_same(w, wide_w);
  expect_same(m, wide_m);
  expect_same(v, wide_v);
  Values t = rounded({-1, 0, 1, 1, 0, -1});
  ternary(std::span{t}, std::span<const BFloat16>{rounded({-2, 2, -2, 0.5, -0.5, 1})}, {.threshold = 1});
  EXPECT_EQ(bits(t), bits(rounded({0, -1, 1, 1, 0, -1})));
}

TEST(BFloat16Kernels, LossesAreThoseOfFloatWithGradientsRoundedOnce) {
  constexpr std::size_t rows = 13;
  for (const std::size_t classes : {1U, 10U, 200U}) {
    const Values logits = rounded(normal_values(rows * classes, 1));
    std::vector<std::int32_t> labels(rows);
    for (std::size_t row = 0; row < rows; ++row) labels[row] = static_cast<std::int32_t>(row * 7 % classes);
    double loss = 1;
    double expected_loss = 1;
    Values gradient = logits;  // in place
    std::vector<float> expected = widened_to_float(logits);
    softmax_cross_entropy(std::span<const BFloat16>{gradient}, labels, classes, 0.125, std::span{&loss, 1},
                          std::span{gradient}, Into::add);
    softmax_cross_entropy(std::span<const float>{expected}, labels, classes, 0.125, std::span{&expected_loss, 1},
                          std::span{expected}, Into::add);
    EXPECT_EQ(loss, expected_loss) << classes;
    EXPECT_EQ(bits(gradient), bits(rounded(expected))) << classes;
    EXPECT_EQ(count_correct(std::span{logits}, labels, classes),
              count_correct(std::span<const float>{widened_to_float(logits)}, labels, classes));
  }
  for (const auto& [outputs, targets] : element_wise_inputs()) {
    double loss = 0;
    double expected_loss = 0;
    Values gradient(outputs.size());
    std::vector<float> expected(outputs.size());
    mean_squared_error(std::span{outputs}, std::span{targets}, 0.125, std::span{&loss, 1}, std::span{gradient});
    mean_squared_error(std::span<const float>{widened_to_float(outputs)},
                       std::span<const float>{widened_to_float(targets)}, 0.125, std::span{&expected_loss, 1},
                       std::span{expected});
    EXPECT_EQ(loss, expected_loss);
    EXPECT_EQ(bits(gradient), bits(rounded(expected)));
  }
}

struct Shape {
  std::size_t m, n, k;
};

// On both sides of a tile's 128 rows, columns and terms.
constexpr Shape shapes[] = {{1, 1, 1},      {2, 3, 5},       {7, 11, 13}, {129, 10, 97},
                            {31, 257, 300}, {128, 128, 128}, {3, 2, 2048}};

struct Product {
  Values computed;
  std::vector<double> expected;
  std::vector<double> magnitude;
  std::size_t terms;
};

Product multiply(Shape shape, Transpose transpose_a, Transpose transpose_b, Into into, const Values& a, const Values& b,
                 const Values& c) {
  Product product{c, widened(c), magnitudes(c), shape.k + (into == Into::add ? 1 : 0)};
  const auto [m, n, k] = shape;
  gemm(transpose_a, transpose_b, m, n, k, std::span{a}, std::span{b}, into, std::span{product.computed});
  gemm(transpose_a, transpose_b, m, n, k, std::span<const double>{widened(a)}, std::span<const double>{widened(b)},
       into, std::span{product.expected});
  gemm(transpose_a, transpose_b, m, n, k, std::span<const double>{magnitudes(a)},
       std::span<const double>{magnitudes(b)}, into, std::span{product.magnitude});
  return product;
}

std::size_t violations(const Product& product) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < product.computed.size(); ++i) {
    const double error = std::abs(static_cast<double>(float{product.computed[i]}) - product.expected[i]);
    if (!(error <= bfloat16_bound(product.terms, product.magnitude[i], product.expected[i]))) ++count;
  }
  return count;
}

Product normal_product(Shape shape, Transpose transpose_a = Transpose::no, Transpose transpose_b = Transpose::no,
                       Into into = Into::overwrite) {
  const auto [m, n, k] = shape;
  return multiply(shape, transpose_a, transpose_b, into, rounded(normal_values(m * k, 1)),
                  rounded(normal_values(k * n, 2)), rounded(normal_values(m * n, 3)));
}

TEST(BFloat16Gemm, IsWithinTheOperatorBound) {
  for (const Shape shape : shapes)
    for (const Transpose transpose_a : {Transpose::no, Transpose::yes})
      for (const Transpose transpose_b : {Transpose::no, Transpose::yes})
        for (const Into into : {Into::overwrite, Into::add})
          EXPECT_EQ(violations(normal_product(shape, transpose_a, transpose_b, into)), 0U)
              << shape.m << " " << shape.n << " " << shape.k;
}

TEST(BFloat16Gemm, IsExactWhereEveryElementOfTheResultIsRepresentable) {
  // At most 2^8 in magnitude: 61 terms of at most 4 and one of at most 8.
  const Shape shape{129, 130, 61};
  for (const Into into : {Into::overwrite, Into::add}) {
    const Product product =
        multiply(shape, Transpose::no, Transpose::yes, into, rounded(integer_values(shape.m * shape.k, 2, 1)),
                 rounded(integer_values(shape.k * shape.n, 2, 2)), rounded(integer_values(shape.m * shape.n, 8, 3)));
    EXPECT_EQ(widened(product.computed), product.expected);
  }
}

TEST(BFloat16Gemm, OfZeroTermsIsZero) {
  Values c = rounded({1, 2});
  gemm(Transpose::no, Transpose::no, 1, 2, 0, std::span<const BFloat16>{}, std::span<const BFloat16>{}, Into::add,
       std::span{c});
  EXPECT_EQ(bits(c), bits(rounded({1, 2})));
  gemm(Transpose::no, Transpose::no, 1, 2, 0, std::span<const BFloat16>{}, std::span<const BFloat16>{}, Into::overwrite,
       std::span{c});
  EXPECT_EQ(bits(c), bits(rounded({0, 0})));
}

TEST(BFloat16Gemm, OverwritesWithoutReading) {
  const Values nothing(6, BFloat16{std::numeric_limits<float>::quiet_NaN()});
  const Product product = multiply({2, 3, 5}, Transpose::no, Transpose::no, Into::overwrite,
                                   rounded(integer_values(10, 2, 1)), rounded(integer_values(15, 2, 2)), nothing);
  EXPECT_EQ(widened(product.computed), product.expected);
}

TEST(BFloat16Gemm, NamesTheWrongSize) {
  const Values a(6), b(6);
  Values c(5);
  EXPECT_THROW(gemm(Transpose::no, Transpose::no, 2, 2, 3, std::span{a}, std::span{b}, Into::overwrite, std::span{c}),
               std::invalid_argument);
}

// A sum that is kept in bfloat16 from term to term.
TEST(BFloat16GemmPlant, SumsInBFloat16ViolateTheBound) {
  const Shape shape{16, 16, 97};
  Product planted = normal_product(shape);
  EXPECT_EQ(violations(planted), 0U);
  const Values a = rounded(normal_values(shape.m * shape.k, 1));
  const Values b = rounded(normal_values(shape.k * shape.n, 2));
  for (std::size_t row = 0; row < shape.m; ++row)
    for (std::size_t column = 0; column < shape.n; ++column) {
      BFloat16 sum{0.0F};
      for (std::size_t term = 0; term < shape.k; ++term)
        sum = BFloat16{sum + a[row * shape.k + term] * b[term * shape.n + column]};
      planted.computed[row * shape.n + column] = sum;
    }
  EXPECT_GT(violations(planted), 0U);
}

TEST(BFloat16GemmPlant, ALostTileOfTermsViolatesTheBound) {
  const Shape shape{4, 4, 300};
  const Values a = rounded(normal_values(shape.m * shape.k, 1));
  Values lost = a;
  for (std::size_t row = 0; row < shape.m; ++row)
    for (std::size_t term = 256; term < shape.k; ++term) lost[row * shape.k + term] = BFloat16{0.0F};
  Product planted = normal_product(shape);
  planted.computed = multiply(shape, Transpose::no, Transpose::no, Into::overwrite, lost,
                              rounded(normal_values(shape.k * shape.n, 2)), planted.computed)
                         .computed;
  EXPECT_GT(violations(planted), 0U);
}

TEST(BFloat16Linear, IsWithinTheOperatorBound) {
  constexpr LinearShape all[] = {{1, 1, 1}, {0, 3, 2}, {13, 1, 11}, {64, 97, 300}, {3, 784, 31}};
  for (const LinearShape shape : all) {
    const Values x = rounded(normal_values(shape.rows * shape.in, 1));
    const Values w = rounded(normal_values(shape.out * shape.in, 2));
    const Values bias = rounded(normal_values(shape.out, 3));
    const Values dy = rounded(normal_values(shape.rows * shape.out, 4));
    const auto check = [&](std::size_t size, std::size_t terms, const auto& kernel) {
      Product product{Values(size, BFloat16{1.0F}), std::vector<double>(size, 1), std::vector<double>(size, 1), terms};
      kernel(std::span<const BFloat16>{x}, std::span<const BFloat16>{w}, std::span<const BFloat16>{bias},
             std::span<const BFloat16>{dy}, std::span{product.computed});
      const auto reference = [&](const auto& as, std::vector<double>& result) {
        const auto [wide_x, wide_w, wide_bias, wide_dy] = std::tuple{as(x), as(w), as(bias), as(dy)};
        kernel(std::span<const double>{wide_x}, std::span<const double>{wide_w}, std::span<const double>{wide_bias},
               std::span<const double>{wide_dy}, std::span{result});
      };
      reference([](const Values& values) { return widened(values); }, product.expected);
      reference([](const Values& values) { return magnitudes(values); }, product.magnitude);
      EXPECT_EQ(violations(product), 0U) << shape.rows << " " << shape.in << " " << shape.out;
    };
    check(shape.rows * shape.out, shape.in + 1,
          [&](auto x_, auto w_, auto bias_, auto, auto result) { linear_forward(x_, w_, bias_, result, shape); });
    check(shape.rows * shape.in, shape.out,
          [&](auto, auto w_, auto, auto dy_, auto result) { linear_backward_input(dy_, w_, result, shape); });
    for (const Into into : {Into::overwrite, Into::add}) {
      check(shape.out * shape.in, shape.rows + 1,
            [&](auto x_, auto, auto, auto dy_, auto result) { linear_backward_weight(x_, dy_, result, shape, into); });
      check(shape.out, shape.rows + 1,
            [&](auto, auto, auto, auto dy_, auto result) { linear_backward_bias(dy_, result, shape, into); });
    }
  }
}

}  // namespace
}  // namespace lockstep::kernels
