#include "kernels/check.hpp"
#include "kernels/cuda/bodies/convolution.cuh"
#include "kernels/cuda/convolution.hpp"
#include "kernels/cuda/launch.hpp"

namespace lockstep::kernels {
namespace {

device::Convolution sizes_of(const ConvolutionShape& shape) {
  const auto as_int = [](std::size_t size) { return static_cast<int>(size); };
  return {.channels = as_int(shape.channels),
          .height = as_int(shape.height),
          .width = as_int(shape.width),
          .filters = as_int(shape.filters),
          .kernel = as_int(shape.kernel),
          .stride = as_int(shape.stride),
          .padding = as_int(shape.padding),
          .out_height = as_int(shape.out_height()),
          .out_width = as_int(shape.out_width())};
}

void check_shape(const char* name, std::size_t x, std::size_t w, std::size_t y, const ConvolutionShape& shape) {
  check_size(name, "x", x, shape.rows * shape.image());
  check_size(name, "w", w, shape.filters * shape.patch());
  check_size(name, "y", y, shape.rows * shape.out_image());
}

}  // namespace

template <typename T>
void convolution_forward(const CudaQueue& queue, std::span<const T> x, std::span<const T> w, std::span<T> y,
                         const ConvolutionShape& shape, std::span<T>) {
  check_shape("convolution_forward", x.size(), w.size(), y.size(), shape);
  if (y.empty()) return;
  device::convolution_forward<<<cuda::grid_for(y.size()), cuda::block_threads, 0, queue.stream>>>(
      x.data(), w.data(), y.data(), sizes_of(shape), y.size());
  cuda::check_launch("convolution_forward");
}

template <typename T>
void convolution_backward_input(const CudaQueue& queue, std::span<const T> dy, std::span<const T> w, std::span<T> dx,
                                const ConvolutionShape& shape, std::span<T>) {
  check_shape("convolution_backward_input", dx.size(), w.size(), dy.size(), shape);
  if (dx.empty()) return;
  device::convolution_backward_input<<<cuda::grid_for(dx.size()), cuda::block_threads, 0, queue.stream>>>(
      dy.data(), w.data(), dx.data(), sizes_of(shape), dx.size());
  cuda::check_launch("convolution_backward_input");
}

template <typename T>
void convolution_backward_weight(const CudaQueue& queue, std::span<const T> x, std::span<const T> dy, std::span<T> dw,
                                 const ConvolutionShape& shape, Into into, std::span<T>) {
  check_shape("convolution_backward_weight", x.size(), dw.size(), dy.size(), shape);
  if (dw.empty()) return;
  device::convolution_backward_weight<<<static_cast<unsigned>(dw.size()), device::weight_threads, 0, queue.stream>>>(
      x.data(), dy.data(), dw.data(), sizes_of(shape), shape.rows, into == Into::add);
  cuda::check_launch("convolution_backward_weight");
}

template void convolution_forward(const CudaQueue&, std::span<const float>, std::span<const float>, std::span<float>,
                                  const ConvolutionShape&, std::span<float>);
template void convolution_forward(const CudaQueue&, std::span<const double>, std::span<const double>, std::span<double>,
                                  const ConvolutionShape&, std::span<double>);
template void convolution_backward_input(const CudaQueue&, std::span<const float>, std::span<const float>,
                                         std::span<float>, const ConvolutionShape&, std::span<float>);
template void convolution_backward_input(const CudaQueue&, std::span<const double>, std::span<const double>,
                                         std::span<double>, const ConvolutionShape&, std::span<double>);
template void convolution_backward_weight(const CudaQueue&, std::span<const float>, std::span<const float>,
                                          std::span<float>, const ConvolutionShape&, Into, std::span<float>);
template void convolution_backward_weight(const CudaQueue&, std::span<const double>, std::span<const double>,
                                          std::span<double>, const ConvolutionShape&, Into, std::span<double>);

}  // namespace lockstep::kernels
