#include "kernels/losses.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "tests/kernels/numerical_gradient.hpp"
#include "tests/kernels/operator_bound.hpp"
#include "tests/kernels/values.hpp"

namespace lockstep::kernels {
namespace {

using Labels = std::vector<std::int32_t>;

template <typename T>
struct LossAndGradient {
  double loss = -1;
  std::vector<T> gradient;
};

template <typename T>
LossAndGradient<T> cross_entropy(const std::vector<T>& logits, const Labels& labels, std::size_t classes,
                                 double scale) {
  LossAndGradient<T> result{.gradient = std::vector<T>(logits.size())};
  softmax_cross_entropy(std::span{logits}, labels, classes, scale, std::span{&result.loss, 1},
                        std::span{result.gradient});
  return result;
}

template <typename T>
LossAndGradient<T> squared_error(const std::vector<T>& outputs, const std::vector<T>& targets, double scale) {
  LossAndGradient<T> result{.gradient = std::vector<T>(outputs.size())};
  mean_squared_error(std::span{outputs}, std::span{targets}, scale, std::span{&result.loss, 1},
                     std::span{result.gradient});
  return result;
}

Labels some_labels(std::size_t rows, std::size_t classes) {
  Labels labels(rows);
  for (std::size_t row = 0; row < rows; ++row) labels[row] = static_cast<std::int32_t>(row * 7 % classes);
  return labels;
}

/// Per element of dlogits. With d the distance of a logit from its row's maximum, exp(−d) carries the rounding of d
/// (d·u) and 2 ulp (4u) of its own; the normalizer carries the mean of the same over the row; five more roundings
/// follow (scale/normalizer, the product, scale, the difference and, for the label, twice the magnitude). Exponentials
/// below the normal numbers are taken as 0.
std::vector<double> cross_entropy_bound(const std::vector<float>& logits, const Labels& labels, std::size_t classes,
                                        double scale) {
  std::vector<double> bound(logits.size());
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const std::span<const float> z{logits.data() + row * classes, classes};
    const double largest = static_cast<double>(*std::ranges::max_element(z));
    double normalizer = 0;
    double row_error = 0;
    for (const float logit : z) {
      const double d = largest - static_cast<double>(logit);
      normalizer += std::exp(-d);
      row_error += std::exp(-d) * (d + 4);
    }
    for (std::size_t i = 0; i < classes; ++i) {
      const double d = largest - static_cast<double>(z[i]);
      const double probability = std::exp(-d) / normalizer;
      const double relative = d + 4 + row_error / normalizer + 5;
      const double label = static_cast<std::int32_t>(i) == labels[row] ? 2 : 0;
      bound[row * classes + i] = 1.001 * scale * (unit_roundoff * (probability * relative + label) + 0x1p-125);
    }
  }
  return bound;
}

std::size_t count_beyond(const std::vector<float>& computed, const std::vector<double>& expected,
                         const std::vector<double>& bound) {
  std::size_t beyond = 0;
  for (std::size_t i = 0; i < computed.size(); ++i) {
    if (!(std::abs(static_cast<double>(computed[i]) - expected[i]) <= bound[i])) ++beyond;
  }
  return beyond;
}

/// The loss is summed in double: only the exponentials and the logarithm of their sum carry float errors.
double loss_tolerance(double scale, std::size_t rows) { return scale * static_cast<double>(rows) * 32 * unit_roundoff; }

TEST(SoftmaxCrossEntropy, IsItsReferenceButForRounding) {
  for (const std::size_t classes : {1UL, 2UL, 10UL, 16UL, 37UL, 1000UL}) {
    for (const std::size_t rows : {1UL, 7UL, 64UL}) {
      std::vector<float> logits = normal_values(rows * classes, 5);
      for (float& logit : logits) logit *= 5;
      const Labels labels = some_labels(rows, classes);
      const double scale = 1.0 / 48;
      const auto computed = cross_entropy(logits, labels, classes, scale);
      const auto expected = cross_entropy(widened(logits), labels, classes, scale);
      const auto bound = cross_entropy_bound(logits, labels, classes, scale);
      EXPECT_EQ(count_beyond(computed.gradient, expected.gradient, bound), 0U) << rows << " " << classes;
      EXPECT_NEAR(computed.loss, expected.loss, loss_tolerance(scale, rows)) << rows << " " << classes;
    }
  }
}

TEST(SoftmaxCrossEntropy, OfEqualLogitsIsTheLogarithmOfTheClasses) {
  const auto result = cross_entropy(std::vector<float>(8, 3.5F), {0, 3}, 4, 0.5);
  EXPECT_DOUBLE_EQ(result.loss, std::log(4.0));
  EXPECT_EQ(result.gradient, (std::vector<float>{-0.375F, 0.125F, 0.125F, 0.125F, 0.125F, 0.125F, 0.125F, -0.375F}));
}

TEST(SoftmaxCrossEntropy, DoesNotOverflow) {
  const auto result = cross_entropy<float>({1e4F, -1e4F, 0, 3e38F, -3e38F, 0}, {0, 1}, 3, 1.0);
  EXPECT_EQ(result.gradient, (std::vector<float>{0, 0, 0, 1, -1, 0}));
  EXPECT_NEAR(result.loss, 6e38, 1e32);
}

TEST(SoftmaxCrossEntropy, DoesNotHideNan) {
  for (std::size_t position = 0; position < 20; ++position) {
    std::vector<float> logits(20, 1.0F);
    logits[position] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(cross_entropy(logits, {0}, 20, 1.0).loss)) << position;
  }
}

TEST(SoftmaxCrossEntropy, OfZeroRowsIsZero) { EXPECT_EQ(cross_entropy<float>({}, {}, 10, 0.5).loss, 0.0); }

TEST(SoftmaxCrossEntropy, RunsInPlace) {
  std::vector<float> logits = normal_values(7 * 37, 5);
  const Labels labels = some_labels(7, 37);
  const auto expected = cross_entropy(logits, labels, 37, 0.125);
  double loss = 0;
  softmax_cross_entropy(std::span<const float>{logits}, labels, 37, 0.125, std::span{&loss, 1}, std::span{logits});
  EXPECT_EQ(logits, expected.gradient);
  EXPECT_EQ(loss, expected.loss);
}

TEST(SoftmaxCrossEntropy, GradientIsThatOfTheLoss) {
  const std::vector<double> logits = widened(normal_values(3 * 5, 5));
  const Labels labels{4, 0, 2};
  const auto result = cross_entropy(logits, labels, 5, 0.25);
  const auto numerical = numerical_gradient(
      [&](const std::vector<double>& varied) { return cross_entropy(varied, labels, 5, 0.25).loss; }, logits, 1e-4);
  // h²·|f'''|/6 < 1e-9
  for (std::size_t i = 0; i < logits.size(); ++i) EXPECT_NEAR(result.gradient[i], numerical[i], 2e-9);
}

TEST(SoftmaxCrossEntropy, RefusesWrongLabelsAndSizes) {
  EXPECT_THROW(cross_entropy<float>({1, 2, 3}, {3}, 3, 1.0), std::out_of_range);
  EXPECT_THROW(cross_entropy<float>({1, 2, 3}, {-1}, 3, 1.0), std::out_of_range);
  EXPECT_THROW(cross_entropy<double>({1, 2, 3}, {3}, 3, 1.0), std::out_of_range);
  EXPECT_THROW(cross_entropy<float>({1, 2, 3}, {0}, 2, 1.0), std::invalid_argument);
}

TEST(SoftmaxCrossEntropyPlant, WrongLabelScaleAndExponentialAreSeen) {
  const std::vector<float> logits = normal_values(64 * 10, 5);
  const Labels labels = some_labels(64, 10);
  const double scale = 1.0 / 64;
  const auto expected = cross_entropy(widened(logits), labels, 10, scale);
  const auto bound = cross_entropy_bound(logits, labels, 10, scale);

  Labels one_wrong = labels;
  one_wrong[63] = (one_wrong[63] + 1) % 10;
  EXPECT_EQ(count_beyond(cross_entropy(logits, one_wrong, 10, scale).gradient, expected.gradient, bound), 2U);

  const auto rescaled = cross_entropy(logits, labels, 10, scale * 63 / 64);
  EXPECT_EQ(count_beyond(rescaled.gradient, expected.gradient, bound), 640U);
  EXPECT_GT(std::abs(rescaled.loss - expected.loss), loss_tolerance(scale, 64));

  std::vector<float> coarse = logits;  // as if the exponential had 12 good bits
  for (float& logit : coarse) logit += 0x1p-12F;
  coarse[0] -= 0x1p-11F;
  EXPECT_GT(count_beyond(cross_entropy(coarse, labels, 10, scale).gradient, expected.gradient, bound), 0U);
}

TEST(MeanSquaredError, IsExactOnIntegers) {
  const std::vector<float> outputs = integer_values(1009, 100, 1);
  const std::vector<float> targets = integer_values(1009, 100, 2);
  const auto computed = squared_error(outputs, targets, 0.125);
  const auto expected = squared_error(widened(outputs), widened(targets), 0.125);
  EXPECT_EQ(computed.loss, expected.loss);
  EXPECT_EQ(widened(computed.gradient), expected.gradient);
}

TEST(MeanSquaredError, ByHand) {
  const auto result = squared_error<float>({1, 2, 5}, {0, 4, 5}, 0.5);
  EXPECT_EQ(result.loss, 2.5);
  EXPECT_EQ(result.gradient, (std::vector<float>{1, -2, 0}));
  EXPECT_EQ(squared_error<float>({}, {}, 0.5).loss, 0.0);
}

TEST(MeanSquaredError, IsItsReferenceButForRounding) {
  const std::vector<float> outputs = normal_values(1009, 1);
  const std::vector<float> targets = normal_values(1009, 2);
  const double scale = 1.0 / 48;
  const auto computed = squared_error(outputs, targets, scale);
  const auto expected = squared_error(widened(outputs), widened(targets), scale);
  EXPECT_DOUBLE_EQ(computed.loss, expected.loss);
  // Three roundings: of 2·scale, the difference and the product.
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    EXPECT_LE(std::abs(static_cast<double>(computed.gradient[i]) - expected.gradient[i]),
              3.001 * unit_roundoff * std::abs(expected.gradient[i]));
  }
}

TEST(MeanSquaredError, GradientIsThatOfTheLoss) {
  const std::vector<double> outputs = {1, -2, 0.5};
  const std::vector<double> targets = {0, 1, 0.25};
  const auto numerical = numerical_gradient(
      [&](const std::vector<double>& varied) { return squared_error(varied, targets, 0.25).loss; }, outputs, 0x1p-10);
  EXPECT_EQ(squared_error(outputs, targets, 0.25).gradient, numerical);  // quadratic and dyadic: exact
}

TEST(MeanSquaredError, NamesTheWrongSize) {
  EXPECT_THROW(squared_error<float>({1, 2}, {1}, 1.0), std::invalid_argument);
}

TEST(CountCorrect, FirstOfEqualsWins) {
  const std::vector<float> logits{1, 3, 3, 2, 0, 1, 5, 5, 5};
  EXPECT_EQ(count_correct(std::span{logits}, Labels{1, 0, 0}, 3), 3);
  EXPECT_EQ(count_correct(std::span{logits}, Labels{2, 0, 2}, 3), 1);
  const std::vector<double> same = widened(logits);
  EXPECT_EQ(count_correct(std::span{same}, Labels{2, 0, 2}, 3), 1);
  EXPECT_EQ(count_correct(std::span<const float>{}, Labels{}, 3), 0);
  EXPECT_THROW(count_correct(std::span{logits}, Labels{0, 0, 3}, 3), std::out_of_range);
}

}  // namespace
}  // namespace lockstep::kernels
