#include "kernels/clipping.hpp"

#include <array>
#include <cmath>
#include <cstddef>

#include "kernels/check.hpp"

namespace lockstep::kernels {
namespace {

/// Independent sums, so that the loop over them is one of vector instructions.
constexpr std::size_t lanes = 16;

template <typename T>
double sum_of_squares(std::span<const T> values) {
  std::array<double, lanes> sums{};
  const std::size_t whole = values.size() / lanes * lanes;
  for (std::size_t first = 0; first < whole; first += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const auto value = static_cast<double>(Wide<T>{values[first + lane]});
      sums[lane] += value * value;
    }
  for (std::size_t i = whole; i < values.size(); ++i) {
    const auto value = static_cast<double>(Wide<T>{values[i]});
    sums[i - whole] += value * value;
  }
  for (std::size_t half = lanes / 2; half > 0; half /= 2)
    for (std::size_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  return sums[0];
}

template <typename T>
void find_factor(std::span<const T> gradients, double max_norm, std::span<double> result) {
  check_size("clip_factor", "result", result.size(), 2);
  check(max_norm > 0, "clip_factor", "the largest norm must be above 0");
  const double norm = std::sqrt(sum_of_squares(gradients));
  const double ratio = max_norm / (norm + clip_epsilon);
  result[0] = norm;
  result[1] = ratio >= 1 ? 1 : ratio;  // NaN stays
}

template <typename T>
void multiply(std::span<T> gradients, std::span<const double> norm_and_factor) {
  check_size("apply_factor", "norm_and_factor", norm_and_factor.size(), 2);
  const double factor = norm_and_factor[1];
  if (factor == 1) return;
  for (T& gradient : gradients)
    gradient = static_cast<T>(static_cast<Wide<T>>(factor * static_cast<double>(Wide<T>{gradient})));
}

}  // namespace

void clip_factor(std::span<const float> gradients, double max_norm, std::span<double> result) {
  find_factor(gradients, max_norm, result);
}
void clip_factor(std::span<const BFloat16> gradients, double max_norm, std::span<double> result) {
  find_factor(gradients, max_norm, result);
}
void clip_factor(std::span<const double> gradients, double max_norm, std::span<double> result) {
  find_factor(gradients, max_norm, result);
}

void apply_factor(std::span<float> gradients, std::span<const double> norm_and_factor) {
  multiply(gradients, norm_and_factor);
}
void apply_factor(std::span<BFloat16> gradients, std::span<const double> norm_and_factor) {
  multiply(gradients, norm_and_factor);
}
void apply_factor(std::span<double> gradients, std::span<const double> norm_and_factor) {
  multiply(gradients, norm_and_factor);
}

}  // namespace lockstep::kernels
