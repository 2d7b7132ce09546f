#include "kernels/layer_norm.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/check.hpp"

namespace lockstep::kernels {
namespace {

constexpr std::size_t lanes = 8;

struct TwoSums {
  double first = 0, second = 0;
};

/// Σ first(i) and Σ second(i), each in eight partial sums, which compilers turn into vectors.
template <typename First, typename Second>
TwoSums sums_of(std::size_t count, const First& first, const Second& second) {
  std::array<double, lanes> a{}, b{};
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      a[lane] += first(i + lane);
      b[lane] += second(i + lane);
    }
  TwoSums sums;
  for (const double lane : a) sums.first += lane;
  for (const double lane : b) sums.second += lane;
  for (; i < count; ++i) {
    sums.first += first(i);
    sums.second += second(i);
  }
  return sums;
}

/// Rows of `x`, whose width is that of the parameters.
std::size_t checked_rows(const char* kernel, std::size_t x, std::size_t statistics, std::size_t width) {
  check(width > 0 && x % width == 0, kernel, "x is not whole rows");
  check_size(kernel, "statistics", statistics, 2 * (x / width));
  return x / width;
}

}  // namespace

template <typename T>
void layer_norm_forward(std::span<const T> x, std::span<const T> gamma, std::span<const T> beta,
                        std::span<T> statistics, std::span<T> y) {
  constexpr const char* name = "layer_norm_forward";
  const std::size_t width = gamma.size();
  const std::size_t rows = checked_rows(name, x.size(), statistics.size(), width);
  check_size(name, "beta", beta.size(), width);
  check_size(name, "y", y.size(), x.size());
  for (std::size_t row = 0; row < rows; ++row) {
    const T* from = x.data() + row * width;
    T* to = y.data() + row * width;
    const auto value = [&](std::size_t i) { return static_cast<double>(from[i]); };
    const TwoSums sums = sums_of(width, value, [&](std::size_t i) { return value(i) * value(i); });
    const double mean = sums.first / static_cast<double>(width);
    const double variance = std::max(sums.second / static_cast<double>(width) - mean * mean, 0.0);
    const T center = static_cast<T>(mean), scale = static_cast<T>(1 / std::sqrt(variance + layer_norm_epsilon));
    statistics[2 * row] = center;
    statistics[2 * row + 1] = scale;
    for (std::size_t i = 0; i < width; ++i) to[i] = (from[i] - center) * scale * gamma[i] + beta[i];
  }
}

template <typename T>
void layer_norm_backward_parameters(std::span<const T> x, std::span<const T> dy, std::span<const T> statistics,
                                    std::span<T> dgamma, std::span<T> dbeta, Into into) {
  constexpr const char* name = "layer_norm_backward_parameters";
  const std::size_t width = dgamma.size();
  const std::size_t rows = checked_rows(name, x.size(), statistics.size(), width);
  check_size(name, "dbeta", dbeta.size(), width);
  check_size(name, "dy", dy.size(), x.size());
  constexpr std::size_t columns_at_a_time = 64;
  for (std::size_t first = 0; first < width; first += columns_at_a_time) {
    const std::size_t columns = std::min(columns_at_a_time, width - first);
    std::array<double, columns_at_a_time> gamma{}, beta{};
    for (std::size_t row = 0; row < rows; ++row) {
      const T center = statistics[2 * row], scale = statistics[2 * row + 1];
      const T *values = x.data() + row * width + first, *gradients = dy.data() + row * width + first;
      for (std::size_t i = 0; i < columns; ++i) {
        beta[i] += static_cast<double>(gradients[i]);
        gamma[i] += static_cast<double>(gradients[i]) * static_cast<double>((values[i] - center) * scale);
      }
    }
    for (std::size_t i = 0; i < columns; ++i) {
      const T by_gamma = static_cast<T>(gamma[i]), by_beta = static_cast<T>(beta[i]);
      dgamma[first + i] = into == Into::add ? dgamma[first + i] + by_gamma : by_gamma;
      dbeta[first + i] = into == Into::add ? dbeta[first + i] + by_beta : by_beta;
    }
  }
}

template <typename T>
void layer_norm_backward_input(std::span<const T> x, std::span<const T> dy, std::span<const T> statistics,
                               std::span<const T> gamma, std::span<T> dx) {
  constexpr const char* name = "layer_norm_backward_input";
  const std::size_t width = gamma.size();
  const std::size_t rows = checked_rows(name, x.size(), statistics.size(), width);
  check_size(name, "dy", dy.size(), x.size());
  check_size(name, "dx", dx.size(), x.size());
  for (std::size_t row = 0; row < rows; ++row) {
    const T *values = x.data() + row * width, *gradients = dy.data() + row * width;
    T* to = dx.data() + row * width;
    const T center = statistics[2 * row], scale = statistics[2 * row + 1];
    const auto g = [&](std::size_t i) { return static_cast<double>(gradients[i] * gamma[i]); };
    const TwoSums sums =
        sums_of(width, g, [&](std::size_t i) { return g(i) * static_cast<double>((values[i] - center) * scale); });
    const T mean_g = static_cast<T>(sums.first / static_cast<double>(width));
    const T mean_g_x = static_cast<T>(sums.second / static_cast<double>(width));
    for (std::size_t i = 0; i < width; ++i)
      to[i] = scale * (gradients[i] * gamma[i] - mean_g - (values[i] - center) * scale * mean_g_x);
  }
}

#define LOCKSTEP_LAYER_NORM(T)                                                                               \
  template void layer_norm_forward(std::span<const T>, std::span<const T>, std::span<const T>, std::span<T>, \
                                   std::span<T>);                                                            \
  template void layer_norm_backward_parameters(std::span<const T>, std::span<const T>, std::span<const T>,   \
                                               std::span<T>, std::span<T>, Into);                            \
  template void layer_norm_backward_input(std::span<const T>, std::span<const T>, std::span<const T>,        \
                                          std::span<const T>, std::span<T>);
LOCKSTEP_LAYER_NORM(float)
LOCKSTEP_LAYER_NORM(double)
#undef LOCKSTEP_LAYER_NORM

}  // namespace lockstep::kernels
