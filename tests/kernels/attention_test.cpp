#include "kernels/attention.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "tests/kernels/numerical_gradient.hpp"
#include "tests/kernels/operator_bound.hpp"
#include "tests/kernels/values.hpp"

namespace lockstep::kernels {
namespace {

constexpr AttentionShape shape{.rows = 2, .positions = 5, .heads = 2, .head_width = 3};

template <typename T>
struct Attention {
  std::vector<T> qkv, dy;
  AttentionShape of = shape;
  std::vector<T> probabilities = std::vector<T>(of.probabilities());
  std::vector<T> y = std::vector<T>(of.count()), scratch = std::vector<T>(of.scratch());
  std::vector<T> dqkv = std::vector<T>(3 * of.count());

  void forward() { attention_forward<T>(qkv, probabilities, y, of); }
  void backward() { attention_backward<T>(qkv, dy, probabilities, scratch, dqkv, of); }
};

Attention<float> normal_pass() {
  return {.qkv = normal_values(3 * shape.count(), 1), .dy = normal_values(shape.count(), 2)};
}
Attention<double> widened_pass(const Attention<float>& pass) {
  return {.qkv = widened(pass.qkv), .dy = widened(pass.dy)};
}

/// One head of width 1, two positions: q = 1, 2; k = 0, ln 3; v = 10, 50. The first position sees itself only, the
/// second one has weights 1/(1 + 9) and 9/(1 + 9).
TEST(Attention, weighs_the_values_of_positions_so_far) {
  Attention<double> pass{.qkv = {1, 0, 10, 2, std::log(3), 50},
                         .dy = {0, 0},
                         .of = {.rows = 1, .positions = 2, .heads = 1, .head_width = 1}};
  pass.forward();
  EXPECT_DOUBLE_EQ(pass.y[0], 10);
  EXPECT_NEAR(pass.y[1], 46, 1e-13);
  EXPECT_EQ(pass.probabilities[1], 0);
}

TEST(Attention, does_not_see_later_positions) {
  Attention<double> pass = widened_pass(normal_pass());
  pass.forward();
  const std::vector<double> before = pass.y;
  const std::size_t last = (shape.positions - 1) * 3 * shape.width();  // of the first row
  for (std::size_t i = last; i < last + 3 * shape.width(); ++i) pass.qkv[i] += 1;
  pass.forward();
  const std::size_t seen = (shape.positions - 1) * shape.width();
  EXPECT_TRUE(std::equal(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(seen), pass.y.begin()));
  EXPECT_NE(before, pass.y);
}

TEST(Attention, heads_and_rows_are_by_themselves) {
  Attention<double> pass = widened_pass(normal_pass());
  pass.forward();
  const AttentionShape one{.rows = 1, .positions = shape.positions, .heads = 1, .head_width = shape.head_width};
  for (std::size_t row = 0; row < shape.rows; ++row)
    for (std::size_t head = 0; head < shape.heads; ++head) {
      Attention<double> alone{.qkv = {}, .dy = {}, .of = one};
      for (std::size_t position = 0; position < shape.positions; ++position)
        for (std::size_t part = 0; part < 3; ++part)
          for (std::size_t k = 0; k < shape.head_width; ++k)
            alone.qkv.push_back(pass.qkv[((row * shape.positions + position) * 3 + part) * shape.width() +
                                         head * shape.head_width + k]);
      alone.forward();
      for (std::size_t i = 0; i < alone.y.size(); ++i)
        EXPECT_EQ(alone.y[i], pass.y[(row * shape.positions + i / shape.head_width) * shape.width() +
                                     head * shape.head_width + i % shape.head_width]);
    }
}

TEST(Attention, gradient_is_that_of_forward) {
  Attention<double> pass = widened_pass(normal_pass());
  const auto loss = [&](const std::vector<double>& at) {
    Attention<double> other{.qkv = at, .dy = pass.dy};
    other.forward();
    return dot(other.y, other.dy);
  };
  pass.forward();
  pass.backward();
  const std::vector<double> numerical = numerical_gradient(loss, pass.qkv, 1e-5);
  for (std::size_t i = 0; i < numerical.size(); ++i) EXPECT_NEAR(pass.dqkv[i], numerical[i], 1e-8) << i;
}

/// A score errs by γ_(d+1)·Σ|q·k|, so by less than d·u·(d + 1)·M² for numbers up to M, and moves a probability by as
/// large a share, at both ends of the softmax; exponential, sums and products add a few u. Every number of the gradient
/// is a sum of at most `positions` products of those with numbers up to M, one of them again with d products.
TEST(Attention, float_is_within_its_rounding_of_the_reference) {
  Attention<float> pass = normal_pass();
  Attention<double> expected = widened_pass(pass);
  double most = 0;
  for (const auto* values : {&expected.qkv, &expected.dy})
    for (const double value : *values) most = std::max(most, std::abs(value));
  pass.forward();
  pass.backward();
  expected.forward();
  expected.backward();
  const double d = shape.head_width, n = shape.positions;
  const double share = (2 * d * (d + 1) * most * most / std::sqrt(d) + 8) * unit_roundoff;
  for (std::size_t i = 0; i < pass.y.size(); ++i)
    EXPECT_LE(std::abs(static_cast<double>(pass.y[i]) - expected.y[i]), (share + n * unit_roundoff) * most) << i;
  for (std::size_t i = 0; i < pass.dqkv.size(); ++i)
    EXPECT_LE(std::abs(static_cast<double>(pass.dqkv[i]) - expected.dqkv[i]),
              (share + (n + d) * unit_roundoff) * n * std::max(1.0, d * most * most) * most)
        << i;
}

TEST(Attention, refuses_arrays_of_other_sizes) {
  Attention<float> pass = normal_pass();
  pass.probabilities.pop_back();
  EXPECT_THROW(pass.forward(), std::invalid_argument);
  EXPECT_THROW(pass.backward(), std::invalid_argument);
  pass = normal_pass();
  pass.scratch.pop_back();
  EXPECT_THROW(pass.backward(), std::invalid_argument);
}

}  // namespace
}  // namespace lockstep::kernels
