#include "kernels/check.hpp"
#include "kernels/cuda/batch_norm.hpp"
#include "kernels/cuda/bodies/batch_norm.cuh"
#include "kernels/cuda/launch.hpp"

namespace lockstep::kernels {
namespace {

device::Channels channels_of(const BatchNormShape& shape) {
  return {.rows = shape.rows, .channels = shape.channels, .plane = shape.plane};
}

unsigned block_each(std::size_t channels) { return static_cast<unsigned>(channels); }

template <typename T>
std::size_t checked_channels(const char* name, const BatchNormStatistics<T>& statistics) {
  const std::size_t channels = statistics.mean.size();
  check_size(name, "inverse_deviation", statistics.inverse_deviation.size(), channels);
  check_size(name, "running_mean", statistics.running_mean.size(), channels);
  check_size(name, "running_variance", statistics.running_variance.size(), channels);
  return channels;
}

}  // namespace

template <typename T>
void batch_norm_sums(const CudaQueue& queue, std::span<const T> x, std::span<double> sums,
                     const BatchNormShape& shape) {
  check_size("batch_norm_sums", "x", x.size(), shape.count());
  check_size("batch_norm_sums", "sums", sums.size(), 2 * shape.channels);
  if (sums.empty()) return;
  device::batch_norm_sums<<<block_each(shape.channels), device::channel_threads, 0, queue.stream>>>(
      x.data(), sums.data(), channels_of(shape));
  cuda::check_launch("batch_norm_sums");
}

template <typename T>
void batch_norm_statistics(const CudaQueue& queue, std::span<const double> sums, std::size_t count,
                           const BatchNormStatistics<T>& statistics, const BatchNormSettings& settings) {
  const std::size_t channels = checked_channels("batch_norm_statistics", statistics);
  check_size("batch_norm_statistics", "sums", sums.size(), 2 * channels);
  if (count == 0 || channels == 0) return;
  const auto n = static_cast<double>(count);
  const double unbias = count > 1 ? n / (n - 1) : 1;
  device::batch_norm_statistics<<<cuda::grid_for(channels), cuda::block_threads, 0, queue.stream>>>(
      sums.data(), n, unbias, statistics.mean.data(), statistics.inverse_deviation.data(),
      statistics.running_mean.data(), statistics.running_variance.data(), channels, settings.epsilon,
      settings.momentum);
  cuda::check_launch("batch_norm_statistics");
}

template <typename T>
void batch_norm_running(const CudaQueue& queue, const BatchNormStatistics<T>& statistics,
                        const BatchNormSettings& settings) {
  const std::size_t channels = checked_channels("batch_norm_running", statistics);
  if (channels == 0) return;
  device::batch_norm_running<<<cuda::grid_for(channels), cuda::block_threads, 0, queue.stream>>>(
      statistics.running_mean.data(), statistics.running_variance.data(), statistics.mean.data(),
      statistics.inverse_deviation.data(), channels, settings.epsilon);
  cuda::check_launch("batch_norm_running");
}

template <typename T>
void batch_norm_forward(const CudaQueue& queue, std::span<const T> x, std::span<const T> mean,
                        std::span<const T> inverse_deviation, std::span<const T> gamma, std::span<const T> beta,
                        std::span<T> y, const BatchNormShape& shape) {
  check_size("batch_norm_forward", "x", x.size(), shape.count());
  check_size("batch_norm_forward", "y", y.size(), shape.count());
  check_size("batch_norm_forward", "gamma", gamma.size(), shape.channels);
  if (y.empty()) return;
  device::batch_norm_forward<<<cuda::grid_for(y.size()), cuda::block_threads, 0, queue.stream>>>(
      x.data(), mean.data(), inverse_deviation.data(), gamma.data(), beta.data(), y.data(), channels_of(shape),
      y.size());
  cuda::check_launch("batch_norm_forward");
}

template <typename T>
void batch_norm_backward_sums(const CudaQueue& queue, std::span<const T> x, std::span<const T> dy,
                              std::span<const T> mean, std::span<const T> inverse_deviation, std::span<double> sums,
                              const BatchNormShape& shape) {
  check_size("batch_norm_backward_sums", "x", x.size(), shape.count());
  check_size("batch_norm_backward_sums", "dy", dy.size(), shape.count());
  check_size("batch_norm_backward_sums", "sums", sums.size(), 2 * shape.channels);
  if (sums.empty()) return;
  device::batch_norm_backward_sums<<<block_each(shape.channels), device::channel_threads, 0, queue.stream>>>(
      x.data(), dy.data(), mean.data(), inverse_deviation.data(), sums.data(), channels_of(shape));
  cuda::check_launch("batch_norm_backward_sums");
}

template <typename T>
void batch_norm_backward_parameters(const CudaQueue& queue, std::span<const double> sums, std::span<T> dgamma,
                                    std::span<T> dbeta, Into into) {
  check_size("batch_norm_backward_parameters", "dbeta", dbeta.size(), dgamma.size());
  check_size("batch_norm_backward_parameters", "sums", sums.size(), 2 * dgamma.size());
  if (dgamma.empty()) return;
  device::batch_norm_backward_parameters<<<cuda::grid_for(dgamma.size()), cuda::block_threads, 0, queue.stream>>>(
      sums.data(), dgamma.data(), dbeta.data(), dgamma.size(), into == Into::add);
  cuda::check_launch("batch_norm_backward_parameters");
}

template <typename T>
void batch_norm_backward_input(const CudaQueue& queue, std::span<const T> x, std::span<const T> dy,
                               std::span<const T> mean, std::span<const T> inverse_deviation, std::span<const T> gamma,
                               std::span<const double> sums, std::size_t count, std::span<T> dx,
                               const BatchNormShape& shape) {
  check_size("batch_norm_backward_input", "x", x.size(), shape.count());
  check_size("batch_norm_backward_input", "dy", dy.size(), shape.count());
  check_size("batch_norm_backward_input", "dx", dx.size(), shape.count());
  check_size("batch_norm_backward_input", "sums", sums.size(), 2 * shape.channels);
  if (dx.empty()) return;
  device::batch_norm_backward_input<<<cuda::grid_for(dx.size()), cuda::block_threads, 0, queue.stream>>>(
      x.data(), dy.data(), mean.data(), inverse_deviation.data(), gamma.data(), sums.data(), static_cast<double>(count),
      dx.data(), channels_of(shape), dx.size());
  cuda::check_launch("batch_norm_backward_input");
}

template void batch_norm_sums(const CudaQueue&, std::span<const float>, std::span<double>, const BatchNormShape&);
template void batch_norm_statistics(const CudaQueue&, std::span<const double>, std::size_t,
                                    const BatchNormStatistics<float>&, const BatchNormSettings&);
template void batch_norm_running(const CudaQueue&, const BatchNormStatistics<float>&, const BatchNormSettings&);
template void batch_norm_forward(const CudaQueue&, std::span<const float>, std::span<const float>,
                                 std::span<const float>, std::span<const float>, std::span<const float>,
                                 std::span<float>, const BatchNormShape&);
template void batch_norm_backward_sums(const CudaQueue&, std::span<const float>, std::span<const float>,
                                       std::span<const float>, std::span<const float>, std::span<double>,
                                       const BatchNormShape&);
template void batch_norm_backward_parameters(const CudaQueue&, std::span<const double>, std::span<float>,
                                             std::span<float>, Into);
template void batch_norm_backward_input(const CudaQueue&, std::span<const float>, std::span<const float>,
                                        std::span<const float>, std::span<const float>, std::span<const float>,
                                        std::span<const double>, std::size_t, std::span<float>, const BatchNormShape&);
template void batch_norm_sums(const CudaQueue&, std::span<const double>, std::span<double>, const BatchNormShape&);
template void batch_norm_statistics(const CudaQueue&, std::span<const double>, std::size_t,
                                    const BatchNormStatistics<double>&, const BatchNormSettings&);
template void batch_norm_running(const CudaQueue&, const BatchNormStatistics<double>&, const BatchNormSettings&);
template void batch_norm_forward(const CudaQueue&, std::span<const double>, std::span<const double>,
                                 std::span<const double>, std::span<const double>, std::span<const double>,
                                 std::span<double>, const BatchNormShape&);
template void batch_norm_backward_sums(const CudaQueue&, std::span<const double>, std::span<const double>,
                                       std::span<const double>, std::span<const double>, std::span<double>,
                                       const BatchNormShape&);
template void batch_norm_backward_parameters(const CudaQueue&, std::span<const double>, std::span<double>,
                                             std::span<double>, Into);
template void batch_norm_backward_input(const CudaQueue&, std::span<const double>, std::span<const double>,
                                        std::span<const double>, std::span<const double>, std::span<const double>,
                                        std::span<const double>, std::size_t, std::span<double>, const BatchNormShape&);

}  // namespace lockstep::kernels
