#include "kernels/check.hpp"
#include "kernels/cuda/activation.hpp"
#include "kernels/cuda/bodies/activation.cuh"
#include "kernels/cuda/launch.hpp"

namespace lockstep::kernels {
namespace {

/// Launches a kernel (from, to, count).
template <typename T, typename Body>
void map(const CudaQueue& queue, const char* name, Body body, std::span<const T> x, std::span<T> y) {
  check_size(name, "y", y.size(), x.size());
  if (x.empty()) return;
  body<<<cuda::grid_for(x.size()), cuda::block_threads, 0, queue.stream>>>(x.data(), y.data(), x.size());
  cuda::check_launch(name);
}

/// Launches a kernel (y, dy, dx, count).
template <typename T, typename Body>
void map_back(const CudaQueue& queue, const char* name, Body body, std::span<const T> y, std::span<const T> dy,
              std::span<T> dx) {
  check_size(name, "dy", dy.size(), y.size());
  check_size(name, "dx", dx.size(), y.size());
  if (y.empty()) return;
  body<<<cuda::grid_for(y.size()), cuda::block_threads, 0, queue.stream>>>(y.data(), dy.data(), dx.data(), y.size());
  cuda::check_launch(name);
}

}  // namespace

void relu_forward(const CudaQueue& queue, std::span<const float> x, std::span<float> y) {
  map(queue, "relu_forward", device::relu_forward<float>, x, y);
}
void relu_forward(const CudaQueue& queue, std::span<const double> x, std::span<double> y) {
  map(queue, "relu_forward", device::relu_forward<double>, x, y);
}
void relu_forward(const CudaQueue& queue, std::span<const BFloat16> x, std::span<BFloat16> y) {
  map(queue, "relu_forward", device::relu_forward<BFloat16>, x, y);
}

void relu_backward(const CudaQueue& queue, std::span<const float> y, std::span<const float> dy, std::span<float> dx) {
  map_back(queue, "relu_backward", device::relu_backward<float>, y, dy, dx);
}
void relu_backward(const CudaQueue& queue, std::span<const double> y, std::span<const double> dy,
                   std::span<double> dx) {
  map_back(queue, "relu_backward", device::relu_backward<double>, y, dy, dx);
}
void relu_backward(const CudaQueue& queue, std::span<const BFloat16> y, std::span<const BFloat16> dy,
                   std::span<BFloat16> dx) {
  map_back(queue, "relu_backward", device::relu_backward<BFloat16>, y, dy, dx);
}

void tanh_forward(const CudaQueue& queue, std::span<const float> x, std::span<float> y) {
  map(queue, "tanh_forward", device::tanh_forward<float>, x, y);
}
void tanh_forward(const CudaQueue& queue, std::span<const double> x, std::span<double> y) {
  map(queue, "tanh_forward", device::tanh_forward<double>, x, y);
}
void tanh_forward(const CudaQueue& queue, std::span<const BFloat16> x, std::span<BFloat16> y) {
  map(queue, "tanh_forward", device::tanh_forward<BFloat16>, x, y);
}

void tanh_backward(const CudaQueue& queue, std::span<const float> y, std::span<const float> dy, std::span<float> dx) {
  map_back(queue, "tanh_backward", device::tanh_backward<float>, y, dy, dx);
}
void tanh_backward(const CudaQueue& queue, std::span<const double> y, std::span<const double> dy,
                   std::span<double> dx) {
  map_back(queue, "tanh_backward", device::tanh_backward<double>, y, dy, dx);
}
void tanh_backward(const CudaQueue& queue, std::span<const BFloat16> y, std::span<const BFloat16> dy,
                   std::span<BFloat16> dx) {
  map_back(queue, "tanh_backward", device::tanh_backward<BFloat16>, y, dy, dx);
}

}  // namespace lockstep::kernels
