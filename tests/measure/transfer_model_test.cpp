#include "harness/measure/transfer_model.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace lockstep {
namespace {

constexpr double alpha = 5e-6;  // s
constexpr double beta = 1e-10;  // s/B: 10 GB/s
constexpr double root = 2e-9;   // s/√B

std::vector<TransferTime> times_of(double a, double b, double c) {
  std::vector<TransferTime> times;
  for (std::size_t bytes = 4096; bytes <= 64U << 20; bytes *= 2) {
    const auto size = static_cast<double>(bytes);
    times.push_back({bytes, a + b * size + c * std::sqrt(size)});
  }
  return times;
}

TEST(TransferModel, is_found_from_times_that_follow_it) {
  const auto model = fit_transfer_model(times_of(alpha, beta, root));
  ASSERT_TRUE(model);
  EXPECT_NEAR(model->alpha, alpha, 1e-6 * alpha);
  EXPECT_NEAR(model->beta, beta, 1e-6 * beta);
  EXPECT_NEAR(model->root, root, 1e-6 * root);
  EXPECT_LT(model->residual, 1e-9);
  EXPECT_NEAR(model->seconds(1e6), alpha + beta * 1e6 + root * 1e3, 1e-12);
}

TEST(TransferModel, a_term_that_is_not_there_is_none) {
  const auto without_root = fit_transfer_model(times_of(alpha, beta, 0));
  ASSERT_TRUE(without_root);
  EXPECT_NEAR(without_root->alpha, alpha, 1e-6 * alpha);
  EXPECT_NEAR(without_root->beta, beta, 1e-6 * beta);
  EXPECT_NEAR(without_root->root * std::sqrt(4096), 0, 1e-9 * alpha);
  const auto constant = fit_transfer_model(times_of(alpha, 0, 0));
  ASSERT_TRUE(constant);
  EXPECT_NEAR(constant->alpha, alpha, 1e-9 * alpha);
}

// Least squares alone would give back the negative c that these times were made with.
TEST(TransferModel, has_no_negative_terms) {
  const auto model = fit_transfer_model(times_of(alpha, beta, -5e-10));
  ASSERT_TRUE(model);
  EXPECT_GE(model->alpha, 0);
  EXPECT_GE(model->beta, 0);
  EXPECT_EQ(model->root, 0);
  EXPECT_GT(model->residual, 0);
}

// Times that do not grow with the size, one of them a quarter longer. The best constant α minimises Σ(α/t − 1)² over
// t = 1, 1, 1, 1.25: α = Σ(1/t)/Σ(1/t²) = 3.8/3.64. The model is at least as good.
TEST(TransferModel, residual_is_that_of_relative_errors) {
  const std::vector<TransferTime> times{{1000, 1}, {1001, 1}, {1002, 1}, {1003, 1.25}};
  const auto model = fit_transfer_model(times);
  ASSERT_TRUE(model);
  const double constant = 3.8 / 3.64;
  const double of_constant = std::sqrt((3 * std::pow(constant - 1, 2) + std::pow(0.8 * constant - 1, 2)) / 4);
  EXPECT_LE(model->residual, of_constant);
  double sum = 0;
  for (const TransferTime& time : times)
    sum += std::pow(model->seconds(static_cast<double>(time.bytes)) / time.seconds - 1, 2);
  EXPECT_NEAR(model->residual, std::sqrt(sum / 4), 1e-12);
}

TEST(TransferModel, needs_times_that_could_disagree_with_it) {
  std::vector<TransferTime> times = times_of(alpha, beta, root);
  EXPECT_FALSE(fit_transfer_model({}));
  EXPECT_FALSE(fit_transfer_model(std::span{times}.first(3)));
  EXPECT_TRUE(fit_transfer_model(std::span{times}.first(4)));
  times[5].seconds = 0;
  EXPECT_FALSE(fit_transfer_model(times));
  times[5].seconds = std::nan("");
  EXPECT_FALSE(fit_transfer_model(times));
}

}  // namespace
}  // namespace lockstep
