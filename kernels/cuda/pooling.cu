#include "kernels/check.hpp"
#include "kernels/cuda/bodies/pooling.cuh"
#include "kernels/cuda/launch.hpp"
#include "kernels/cuda/pooling.hpp"

namespace lockstep::kernels {
namespace {

/// Launches a kernel (…, sizes, count), a thread an element of its result.
template <typename Body, typename... Arrays>
void launch(const CudaQueue& queue, const char* name, Body body, const PoolingShape& shape, std::size_t count,
            Arrays... arrays) {
  if (count == 0) return;
  const device::Pooling sizes{.height = shape.height,
                              .width = shape.width,
                              .window_height = shape.window_height,
                              .window_width = shape.window_width,
                              .out_height = shape.out_height(),
                              .out_width = shape.out_width()};
  body<<<cuda::grid_for(count), cuda::block_threads, 0, queue.stream>>>(arrays..., sizes, count);
  cuda::check_launch(name);
}

void check_shape(const char* name, std::size_t x, std::size_t y, const PoolingShape& shape) {
  check_size(name, "x", x, shape.in_count());
  check_size(name, "y", y, shape.out_count());
}

}  // namespace

template <typename T>
void max_pool_forward(const CudaQueue& queue, std::span<const T> x, std::span<T> y, const PoolingShape& shape) {
  check_shape("max_pool_forward", x.size(), y.size(), shape);
  launch(queue, "max_pool_forward", device::max_pool_forward<T>, shape, y.size(), x.data(), y.data());
}

template <typename T>
void max_pool_backward(const CudaQueue& queue, std::span<const T> x, std::span<const T> dy, std::span<T> dx,
                       const PoolingShape& shape) {
  check_shape("max_pool_backward", x.size(), dy.size(), shape);
  check_size("max_pool_backward", "dx", dx.size(), x.size());
  launch(queue, "max_pool_backward", device::max_pool_backward<T>, shape, dx.size(), x.data(), dy.data(), dx.data());
}

template <typename T>
void average_pool_forward(const CudaQueue& queue, std::span<const T> x, std::span<T> y, const PoolingShape& shape) {
  check_shape("average_pool_forward", x.size(), y.size(), shape);
  launch(queue, "average_pool_forward", device::average_pool_forward<T>, shape, y.size(), x.data(), y.data());
}

template <typename T>
void average_pool_backward(const CudaQueue& queue, std::span<const T> dy, std::span<T> dx, const PoolingShape& shape) {
  check_shape("average_pool_backward", dx.size(), dy.size(), shape);
  launch(queue, "average_pool_backward", device::average_pool_backward<T>, shape, dx.size(), dy.data(), dx.data());
}

template void max_pool_forward(const CudaQueue&, std::span<const float>, std::span<float>, const PoolingShape&);
template void max_pool_forward(const CudaQueue&, std::span<const double>, std::span<double>, const PoolingShape&);
template void max_pool_backward(const CudaQueue&, std::span<const float>, std::span<const float>, std::span<float>,
                                const PoolingShape&);
template void max_pool_backward(const CudaQueue&, std::span<const double>, std::span<const double>, std::span<double>,
                                const PoolingShape&);
template void average_pool_forward(const CudaQueue&, std::span<const float>, std::span<float>, const PoolingShape&);
template void average_pool_forward(const CudaQueue&, std::span<const double>, std::span<double>, const PoolingShape&);
template void average_pool_backward(const CudaQueue&, std::span<const float>, std::span<float>, const PoolingShape&);
template void average_pool_backward(const CudaQueue&, std::span<const double>, std::span<double>, const PoolingShape&);

}  // namespace lockstep::kernels
