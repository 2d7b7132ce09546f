#include "harness/measure/detection.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "harness/base/error.hpp"
#include "harness/measure/statistics.hpp"

namespace lockstep {
namespace {

/// The z that a standard normal exceeds with this probability, below one half.
double upper_quantile(double probability) {
  double low = 0, high = 40;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(middle / std::sqrt(2.0)) / 2 > probability ? low : high) = middle;
  }
  return low;
}

constexpr double rank_efficiency = 0.955;

double quantiles(double alpha) { return upper_quantile(alpha / 2) + upper_quantile(1 - power); }

/// Squared coefficient of variation over the number of values.
double relative_variance(std::span<const double> values) {
  const double variation = spread(values) / median({values.begin(), values.end()});
  return variation * variation / static_cast<double>(values.size());
}

bool are_positive(std::span<const double> values) {
  return std::ranges::all_of(values, [](double value) { return value > 0; });
}

/// The largest relative difference between the medians of two halves.
double drift_noise(std::span<const double> blocks) {
  std::vector<double> circle{blocks.begin(), blocks.end()};
  double largest = 0;
  for (std::size_t start = 0; start < blocks.size(); ++start) {
    const auto cut = circle.begin() + static_cast<std::ptrdiff_t>(blocks.size() / 2);
    const double ratio = median({circle.begin(), cut}) / median({cut, circle.end()});
    largest = std::max(largest, std::max(ratio, 1 / ratio) - 1);
    std::ranges::rotate(circle, circle.begin() + 1);
  }
  return largest;
}

double scatter_noise(std::span<const double> blocks) {
  constexpr double median_error = 1.2533;  // sqrt(pi/2), of a median over that of a mean
  return upper_quantile(0.005) * median_error * std::sqrt(2 * relative_variance(blocks));
}

}  // namespace

std::optional<double> block_noise(std::span<const double> blocks) {
  if (blocks.size() < 4 || !are_positive(blocks)) return std::nullopt;
  return std::max(scatter_noise(blocks), drift_noise(blocks));
}

std::optional<double> detectable_effect(std::span<const double> a, std::span<const double> b, double alpha) {
  if (a.size() < 2 || b.size() < 2 || !are_positive(a) || !are_positive(b)) return std::nullopt;
  return quantiles(alpha) * std::sqrt((relative_variance(a) + relative_variance(b)) / rank_efficiency);
}

std::optional<double> detectable_effect_of_pairs(std::span<const double> ratios, double alpha) {
  if (ratios.size() < 2 || !are_positive(ratios)) return std::nullopt;
  return quantiles(alpha) * std::sqrt(relative_variance(ratios) / rank_efficiency);
}

std::size_t blocks_needed(std::size_t blocks, double noise, double threshold) {
  require(threshold > 0, "a threshold of {}", threshold);
  const double factor = noise / threshold;
  const double needed = std::min(std::ceil(static_cast<double>(blocks) * factor * factor), 1e9);
  return std::max(blocks, static_cast<std::size_t>(needed));
}

}  // namespace lockstep
