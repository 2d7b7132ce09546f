#include "kernels/check.hpp"
#include "kernels/cuda/bodies/gelu.cuh"
#include "kernels/cuda/gelu.hpp"
#include "kernels/cuda/launch.hpp"

namespace lockstep::kernels {

template <typename T>
void gelu_forward(const CudaQueue& queue, std::span<const T> x, std::span<T> y) {
  check_size("gelu_forward", "y", y.size(), x.size());
  if (x.empty()) return;
  device::gelu_forward<<<cuda::grid_for(x.size()), cuda::block_threads, 0, queue.stream>>>(
      x.data(), y.data(), x.size(), static_cast<T>(gelu_sqrt_2_over_pi), static_cast<T>(gelu_cubic));
  cuda::check_launch("gelu_forward");
}

template <typename T>
void gelu_backward(const CudaQueue& queue, std::span<const T> x, std::span<const T> dy, std::span<T> dx) {
  check_size("gelu_backward", "dy", dy.size(), x.size());
  check_size("gelu_backward", "dx", dx.size(), x.size());
  if (x.empty()) return;
  device::gelu_backward<<<cuda::grid_for(x.size()), cuda::block_threads, 0, queue.stream>>>(
      x.data(), dy.data(), dx.data(), x.size(), static_cast<T>(gelu_sqrt_2_over_pi), static_cast<T>(gelu_cubic));
  cuda::check_launch("gelu_backward");
}

template void gelu_forward(const CudaQueue&, std::span<const float>, std::span<float>);
template void gelu_backward(const CudaQueue&, std::span<const float>, std::span<const float>, std::span<float>);
template void gelu_forward(const CudaQueue&, std::span<const double>, std::span<double>);
template void gelu_backward(const CudaQueue&, std::span<const double>, std::span<const double>, std::span<double>);

}  // namespace lockstep::kernels
