#include "kernels/check.hpp"
#include "kernels/cuda/bodies/layer_norm.cuh"
#include "kernels/cuda/launch.hpp"
#include "kernels/cuda/layer_norm.hpp"

namespace lockstep::kernels {
namespace {

unsigned checked_rows(const char* name, std::size_t x, std::size_t statistics, std::size_t width) {
  check(width > 0 && x % width == 0, name, "x is not whole rows");
  check_size(name, "statistics", statistics, 2 * (x / width));
  return static_cast<unsigned>(x / width);
}

}  // namespace

template <typename T>
void layer_norm_forward(const CudaQueue& queue, std::span<const T> x, std::span<const T> gamma, std::span<const T> beta,
                        std::span<T> statistics, std::span<T> y) {
  const unsigned rows = checked_rows("layer_norm_forward", x.size(), statistics.size(), gamma.size());
  check_size("layer_norm_forward", "beta", beta.size(), gamma.size());
  check_size("layer_norm_forward", "y", y.size(), x.size());
  if (rows == 0) return;
  device::layer_norm_forward<<<rows, device::norm_threads, 0, queue.stream>>>(
      x.data(), gamma.data(), beta.data(), statistics.data(), y.data(), gamma.size(), layer_norm_epsilon);
  cuda::check_launch("layer_norm_forward");
}

template <typename T>
void layer_norm_backward_parameters(const CudaQueue& queue, std::span<const T> x, std::span<const T> dy,
                                    std::span<const T> statistics, std::span<T> dgamma, std::span<T> dbeta, Into into) {
  constexpr const char* name = "layer_norm_backward_parameters";
  const std::size_t width = dgamma.size();
  const unsigned rows = checked_rows(name, x.size(), statistics.size(), width);
  check_size(name, "dbeta", dbeta.size(), width);
  check_size(name, "dy", dy.size(), x.size());
  const auto blocks = static_cast<unsigned>((width + device::norm_columns - 1) / device::norm_columns);
  device::layer_norm_backward_parameters<<<blocks, dim3{device::norm_columns, device::norm_lanes}, 0, queue.stream>>>(
      x.data(), dy.data(), statistics.data(), dgamma.data(), dbeta.data(), rows, width, into == Into::add);
  cuda::check_launch(name);
}

template <typename T>
void layer_norm_backward_input(const CudaQueue& queue, std::span<const T> x, std::span<const T> dy,
                               std::span<const T> statistics, std::span<const T> gamma, std::span<T> dx) {
  constexpr const char* name = "layer_norm_backward_input";
  const unsigned rows = checked_rows(name, x.size(), statistics.size(), gamma.size());
  check_size(name, "dy", dy.size(), x.size());
  check_size(name, "dx", dx.size(), x.size());
  if (rows == 0) return;
  device::layer_norm_backward_input<<<rows, device::norm_threads, 0, queue.stream>>>(
      x.data(), dy.data(), statistics.data(), gamma.data(), dx.data(), gamma.size());
  cuda::check_launch(name);
}

template void layer_norm_forward(const CudaQueue&, std::span<const float>, std::span<const float>,
                                 std::span<const float>, std::span<float>, std::span<float>);
template void layer_norm_backward_parameters(const CudaQueue&, std::span<const float>, std::span<const float>,
                                             std::span<const float>, std::span<float>, std::span<float>, Into);
template void layer_norm_backward_input(const CudaQueue&, std::span<const float>, std::span<const float>,
                                        std::span<const float>, std::span<const float>, std::span<float>);
template void layer_norm_forward(const CudaQueue&, std::span<const double>, std::span<const double>,
                                 std::span<const double>, std::span<double>, std::span<double>);
template void layer_norm_backward_parameters(const CudaQueue&, std::span<const double>, std::span<const double>,
                                             std::span<const double>, std::span<double>, std::span<double>, Into);
template void layer_norm_backward_input(const CudaQueue&, std::span<const double>, std::span<const double>,
                                        std::span<const double>, std::span<const double>, std::span<double>);

}  // namespace lockstep::kernels
