#include "kernels/batch_norm.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/check.hpp"

namespace lockstep::kernels {
namespace {

/// visit(channel, first element of the plane)
template <typename Visit>
void for_each_plane(const BatchNormShape& shape, const Visit& visit) {
  for (std::size_t n = 0; n < shape.rows; ++n)
    for (std::size_t c = 0; c < shape.channels; ++c) visit(c, (n * shape.channels + c) * shape.plane);
}

/// Σ term(i) for i < count, in eight partial sums, which compilers turn into vectors.
template <typename Term>
double sum_of(std::size_t count, const Term& term) {
  std::array<double, 8> lanes{};
  std::size_t i = 0;
  for (; i + lanes.size() <= count; i += lanes.size())
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) lanes[lane] += term(i + lane);
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  for (; i < count; ++i) sum += term(i);
  return sum;
}

template <typename T>
void check_statistics(const char* name, const BatchNormStatistics<T>& statistics) {
  const std::size_t channels = statistics.mean.size();
  check_size(name, "inverse_deviation", statistics.inverse_deviation.size(), channels);
  check_size(name, "running_mean", statistics.running_mean.size(), channels);
  check_size(name, "running_variance", statistics.running_variance.size(), channels);
}

}  // namespace

template <typename T>
void batch_norm_sums(std::span<const T> x, std::span<double> sums, const BatchNormShape& shape) {
  check_size("batch_norm_sums", "x", x.size(), shape.count());
  check_size("batch_norm_sums", "sums", sums.size(), 2 * shape.channels);
  std::ranges::fill(sums, 0.0);
  for_each_plane(shape, [&](std::size_t c, std::size_t first) {
    const T* plane = x.data() + first;
    sums[c] += sum_of(shape.plane, [&](std::size_t i) { return static_cast<double>(plane[i]); });
    sums[shape.channels + c] += sum_of(shape.plane, [&](std::size_t i) {
      const auto value = static_cast<double>(plane[i]);
      return value * value;
    });
  });
}

template <typename T>
void batch_norm_statistics(std::span<const double> sums, std::size_t count, const BatchNormStatistics<T>& statistics,
                           const BatchNormSettings& settings) {
  check_statistics("batch_norm_statistics", statistics);
  const std::size_t channels = statistics.mean.size();
  check_size("batch_norm_statistics", "sums", sums.size(), 2 * channels);
  if (count == 0) return;
  const auto n = static_cast<double>(count);
  const double unbias = count > 1 ? n / (n - 1) : 1;
  const auto blend = [&](T running, double now) {
    return static_cast<T>((1 - settings.momentum) * static_cast<double>(running) + settings.momentum * now);
  };
  for (std::size_t c = 0; c < channels; ++c) {
    const double mean = sums[c] / n;
    const double variance = std::max(sums[channels + c] / n - mean * mean, 0.0);
    statistics.mean[c] = static_cast<T>(mean);
    statistics.inverse_deviation[c] = static_cast<T>(1 / std::sqrt(variance + settings.epsilon));
    statistics.running_mean[c] = blend(statistics.running_mean[c], mean);
    statistics.running_variance[c] = blend(statistics.running_variance[c], variance * unbias);
  }
}

template <typename T>
void batch_norm_running(const BatchNormStatistics<T>& statistics, const BatchNormSettings& settings) {
  check_statistics("batch_norm_running", statistics);
  for (std::size_t c = 0; c < statistics.mean.size(); ++c) {
    statistics.mean[c] = statistics.running_mean[c];
    statistics.inverse_deviation[c] =
        static_cast<T>(1 / std::sqrt(static_cast<double>(statistics.running_variance[c]) + settings.epsilon));
  }
}

template <typename T>
void batch_norm_forward(std::span<const T> x, std::span<const T> mean, std::span<const T> inverse_deviation,
                        std::span<const T> gamma, std::span<const T> beta, std::span<T> y,
                        const BatchNormShape& shape) {
  constexpr const char* name = "batch_norm_forward";
  check_size(name, "x", x.size(), shape.count());
  check_size(name, "y", y.size(), shape.count());
  check_size(name, "mean", mean.size(), shape.channels);
  check_size(name, "inverse_deviation", inverse_deviation.size(), shape.channels);
  check_size(name, "gamma", gamma.size(), shape.channels);
  check_size(name, "beta", beta.size(), shape.channels);
  for_each_plane(shape, [&](std::size_t c, std::size_t first) {
    const T scale = gamma[c] * inverse_deviation[c], center = mean[c], shift = beta[c];
    for (std::size_t i = first; i < first + shape.plane; ++i) y[i] = (x[i] - center) * scale + shift;
  });
}

template <typename T>
void batch_norm_backward_sums(std::span<const T> x, std::span<const T> dy, std::span<const T> mean,
                              std::span<const T> inverse_deviation, std::span<double> sums,
                              const BatchNormShape& shape) {
  constexpr const char* name = "batch_norm_backward_sums";
  check_size(name, "x", x.size(), shape.count());
  check_size(name, "dy", dy.size(), shape.count());
  check_size(name, "mean", mean.size(), shape.channels);
  check_size(name, "inverse_deviation", inverse_deviation.size(), shape.channels);
  check_size(name, "sums", sums.size(), 2 * shape.channels);
  std::ranges::fill(sums, 0.0);
  for_each_plane(shape, [&](std::size_t c, std::size_t first) {
    const T *values = x.data() + first, *gradients = dy.data() + first;
    const T center = mean[c], scale = inverse_deviation[c];
    sums[c] += sum_of(shape.plane, [&](std::size_t i) { return static_cast<double>(gradients[i]); });
    sums[shape.channels + c] += sum_of(shape.plane, [&](std::size_t i) {
      return static_cast<double>(gradients[i]) * static_cast<double>((values[i] - center) * scale);
    });
  });
}

template <typename T>
void batch_norm_backward_parameters(std::span<const double> sums, std::span<T> dgamma, std::span<T> dbeta, Into into) {
  const std::size_t channels = dgamma.size();
  check_size("batch_norm_backward_parameters", "dbeta", dbeta.size(), channels);
  check_size("batch_norm_backward_parameters", "sums", sums.size(), 2 * channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const T beta = static_cast<T>(sums[c]), gamma = static_cast<T>(sums[channels + c]);
    dbeta[c] = into == Into::add ? dbeta[c] + beta : beta;
    dgamma[c] = into == Into::add ? dgamma[c] + gamma : gamma;
  }
}

template <typename T>
void batch_norm_backward_input(std::span<const T> x, std::span<const T> dy, std::span<const T> mean,
                               std::span<const T> inverse_deviation, std::span<const T> gamma,
                               std::span<const double> sums, std::size_t count, std::span<T> dx,
                               const BatchNormShape& shape) {
  constexpr const char* name = "batch_norm_backward_input";
  check_size(name, "x", x.size(), shape.count());
  check_size(name, "dy", dy.size(), shape.count());
  check_size(name, "dx", dx.size(), shape.count());
  check_size(name, "mean", mean.size(), shape.channels);
  check_size(name, "inverse_deviation", inverse_deviation.size(), shape.channels);
  check_size(name, "gamma", gamma.size(), shape.channels);
  check_size(name, "sums", sums.size(), 2 * shape.channels);
  const auto n = static_cast<double>(std::max<std::size_t>(count, 1));
  for_each_plane(shape, [&](std::size_t c, std::size_t first) {
    const T center = mean[c], deviation = inverse_deviation[c], scale = gamma[c] * deviation;
    const T mean_dy = static_cast<T>(sums[c] / n), mean_dy_x = static_cast<T>(sums[shape.channels + c] / n);
    for (std::size_t i = first; i < first + shape.plane; ++i)
      dx[i] = scale * (dy[i] - mean_dy - (x[i] - center) * deviation * mean_dy_x);
  });
}

template void batch_norm_sums(std::span<const float>, std::span<double>, const BatchNormShape&);
template void batch_norm_statistics(std::span<const double>, std::size_t, const BatchNormStatistics<float>&,
                                    const BatchNormSettings&);
template void batch_norm_running(const BatchNormStatistics<float>&, const BatchNormSettings&);
template void batch_norm_forward(std::span<const float>, std::span<const float>, std::span<const float>,
                                 std::span<const float>, std::span<const float>, std::span<float>,
                                 const BatchNormShape&);
template void batch_norm_backward_sums(std::span<const float>, std::span<const float>, std::span<const float>,
                                       std::span<const float>, std::span<double>, const BatchNormShape&);
template void batch_norm_backward_parameters(std::span<const double>, std::span<float>, std::span<float>, Into);
template void batch_norm_backward_input(std::span<const float>, std::span<const float>, std::span<const float>,
                                        std::span<const float>, std::span<const float>, std::span<const double>,
                                        std::size_t, std::span<float>, const BatchNormShape&);
template void batch_norm_sums(std::span<const double>, std::span<double>, const BatchNormShape&);
template void batch_norm_statistics(std::span<const double>, std::size_t, const BatchNormStatistics<double>&,
                                    const BatchNormSettings&);
template void batch_norm_running(const BatchNormStatistics<double>&, const BatchNormSettings&);
template void batch_norm_forward(std::span<const double>, std::span<const double>, std::span<const double>,
                                 std::span<const double>, std::span<const double>, std::span<double>,
                                 const BatchNormShape&);
template void batch_norm_backward_sums(std::span<const double>, std::span<const double>, std::span<const double>,
                                       std::span<const double>, std::span<double>, const BatchNormShape&);
template void batch_norm_backward_parameters(std::span<const double>, std::span<double>, std::span<double>, Into);
template void batch_norm_backward_input(std::span<const double>, std::span<const double>, std::span<const double>,
                                        std::span<const double>, std::span<const double>, std::span<const double>,
                                        std::size_t, std::span<double>, const BatchNormShape&);

}  // namespace lockstep::kernels
