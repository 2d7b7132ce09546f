// Batch normalisation, y = γ·(x − mean)/√(variance + ε) + β by channel (torch.nn.BatchNorm2d), in the steps between
// which devices may add up their sums. Tensors are [rows, channels, plane], row-major; `rows` may be 0.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/into.hpp"

namespace lockstep::kernels {

struct BatchNormShape {
  std::size_t rows = 0;
  std::size_t channels = 0;
  std::size_t plane = 0;  // elements of an image's channel

  [[nodiscard]] std::size_t count() const { return rows * channels * plane; }
};

struct BatchNormSettings {
  double epsilon = 1e-5;
  double momentum = 0.1;  // share of the new statistics in the running ones
};

/// What a channel's statistics become: those of this batch, and the running ones.
template <typename T>
struct BatchNormStatistics {
  std::span<T> mean;               // [channels]
  std::span<T> inverse_deviation;  // [channels]: 1/√(variance + ε)
  std::span<T> running_mean;       // [channels]
  std::span<T> running_variance;   // [channels], of the unbiased variance
};

// For float and double, its reference. Each throws std::invalid_argument when the size of a span is not its shape's.
// Sums are formed in double, channel by channel, in row order.

/// sums [2, channels] = Σx and Σx² over rows and plane.
template <typename T>
void batch_norm_sums(std::span<const T> x, std::span<double> sums, const BatchNormShape& shape);
/// The statistics of `count` elements a channel with these sums; with none, nothing changes. The variance is biased
/// for normalising and unbiased, by count/(count − 1), for the running one; of one element it is 0 for both.
template <typename T>
void batch_norm_statistics(std::span<const double> sums, std::size_t count, const BatchNormStatistics<T>& statistics,
                           const BatchNormSettings& settings);
/// mean and inverse_deviation of the running statistics: for evaluation.
template <typename T>
void batch_norm_running(const BatchNormStatistics<T>& statistics, const BatchNormSettings& settings);
template <typename T>
void batch_norm_forward(std::span<const T> x, std::span<const T> mean, std::span<const T> inverse_deviation,
                        std::span<const T> gamma, std::span<const T> beta, std::span<T> y, const BatchNormShape& shape);
/// sums [2, channels] = Σdy and Σdy·x̂ with x̂ = (x − mean)·inverse_deviation: the gradients of β and γ.
template <typename T>
void batch_norm_backward_sums(std::span<const T> x, std::span<const T> dy, std::span<const T> mean,
                              std::span<const T> inverse_deviation, std::span<double> sums,
                              const BatchNormShape& shape);
/// dγ, dβ (=|+=) the two halves of sums.
template <typename T>
void batch_norm_backward_parameters(std::span<const double> sums, std::span<T> dgamma, std::span<T> dbeta, Into into);
/// dx = γ·inverse_deviation·(dy − Σdy/count − x̂·Σdy·x̂/count). `count` elements a channel formed the statistics. dx may
/// be dy.
template <typename T>
void batch_norm_backward_input(std::span<const T> x, std::span<const T> dy, std::span<const T> mean,
                               std::span<const T> inverse_deviation, std::span<const T> gamma,
                               std::span<const double> sums, std::size_t count, std::span<T> dx,
                               const BatchNormShape& shape);

}  // namespace lockstep::kernels
