#include "kernels/convolution.hpp"

#include <algorithm>
#include <stdexcept>

#include "kernels/check.hpp"
#include "kernels/gemm.hpp"
#include "kernels/patches.hpp"

namespace lockstep::kernels {
namespace {

void check_shape(const char* name, std::size_t x, std::size_t w, std::size_t y, std::size_t scratch,
                 const ConvolutionShape& shape) {
  check(shape.kernel >= 1 && shape.stride >= 1, name, "a kernel and a stride of at least 1");
  check(shape.height + 2 * shape.padding >= shape.kernel && shape.width + 2 * shape.padding >= shape.kernel, name,
        "an image with its padding at least as large as the kernel");
  check_size(name, "x", x, shape.rows * shape.image());
  check_size(name, "w", w, shape.filters * shape.patch());
  check_size(name, "y", y, shape.rows * shape.out_image());
  check_size(name, "scratch", scratch, shape.scratch());
}

template <typename T>
std::span<T> image(std::span<T> all, std::size_t row, std::size_t size) {
  return all.subspan(row * size, size);
}

/// The patches of an image: in scratch, or the image itself.
std::span<const float> patches_of(std::span<const float> x, std::span<float> scratch, const ConvolutionShape& shape) {
  if (shape.is_pointwise()) return x;
  gather_patches(x, scratch, shape);
  return scratch;
}

/// visit(index in x, index in w, index in y) for each product of the sum that defines the convolution.
template <typename Visit>
void for_each_product(const ConvolutionShape& shape, const Visit& visit) {
  std::size_t y = 0;
  for (std::size_t n = 0; n < shape.rows; ++n)
    for (std::size_t f = 0; f < shape.filters; ++f)
      for (std::size_t i = 0; i < shape.out_height(); ++i)
        for (std::size_t j = 0; j < shape.out_width(); ++j, ++y) {
          std::size_t w = f * shape.patch();
          for (std::size_t c = 0; c < shape.channels; ++c)
            for (std::size_t r = 0; r < shape.kernel; ++r)
              for (std::size_t s = 0; s < shape.kernel; ++s, ++w) {
                const std::size_t row = i * shape.stride + r - shape.padding;  // wraps to a huge number above the image
                const std::size_t column = j * shape.stride + s - shape.padding;
                if (row < shape.height && column < shape.width)
                  visit(((n * shape.channels + c) * shape.height + row) * shape.width + column, w, y);
              }
        }
}

}  // namespace

void convolution_forward(std::span<const float> x, std::span<const float> w, std::span<float> y,
                         const ConvolutionShape& shape, std::span<float> scratch) {
  check_shape("convolution_forward", x.size(), w.size(), y.size(), scratch.size(), shape);
  for (std::size_t n = 0; n < shape.rows; ++n)
    gemm(Transpose::no, Transpose::no, shape.filters, shape.out_plane(), shape.patch(), w,
         patches_of(image(x, n, shape.image()), scratch, shape), Into::overwrite, image(y, n, shape.out_image()));
}

void convolution_backward_input(std::span<const float> dy, std::span<const float> w, std::span<float> dx,
                                const ConvolutionShape& shape, std::span<float> scratch) {
  check_shape("convolution_backward_input", dx.size(), w.size(), dy.size(), scratch.size(), shape);
  for (std::size_t n = 0; n < shape.rows; ++n) {
    const auto dx_n = image(dx, n, shape.image());
    gemm(Transpose::yes, Transpose::no, shape.patch(), shape.out_plane(), shape.filters, w,
         image(dy, n, shape.out_image()), Into::overwrite, shape.is_pointwise() ? dx_n : scratch);
    if (!shape.is_pointwise()) scatter_patches(scratch, dx_n, shape);
  }
}

void convolution_backward_weight(std::span<const float> x, std::span<const float> dy, std::span<float> dw,
                                 const ConvolutionShape& shape, Into into, std::span<float> scratch) {
  check_shape("convolution_backward_weight", x.size(), dw.size(), dy.size(), scratch.size(), shape);
  if (into == Into::overwrite) std::ranges::fill(dw, 0.0F);
  for (std::size_t n = 0; n < shape.rows; ++n)
    gemm(Transpose::no, Transpose::yes, shape.filters, shape.patch(), shape.out_plane(),
         image(dy, n, shape.out_image()), patches_of(image(x, n, shape.image()), scratch, shape), Into::add, dw);
}

void convolution_forward(std::span<const double> x, std::span<const double> w, std::span<double> y,
                         const ConvolutionShape& shape, std::span<double> scratch) {
  check_shape("convolution_forward", x.size(), w.size(), y.size(), scratch.size(), shape);
  std::ranges::fill(y, 0.0);
  for_each_product(shape, [&](std::size_t a, std::size_t b, std::size_t to) { y[to] += x[a] * w[b]; });
}

void convolution_backward_input(std::span<const double> dy, std::span<const double> w, std::span<double> dx,
                                const ConvolutionShape& shape, std::span<double> scratch) {
  check_shape("convolution_backward_input", dx.size(), w.size(), dy.size(), scratch.size(), shape);
  std::ranges::fill(dx, 0.0);
  for_each_product(shape, [&](std::size_t a, std::size_t b, std::size_t to) { dx[a] += dy[to] * w[b]; });
}

void convolution_backward_weight(std::span<const double> x, std::span<const double> dy, std::span<double> dw,
                                 const ConvolutionShape& shape, Into into, std::span<double> scratch) {
  check_shape("convolution_backward_weight", x.size(), dw.size(), dy.size(), scratch.size(), shape);
  if (into == Into::overwrite) std::ranges::fill(dw, 0.0);
  for_each_product(shape, [&](std::size_t a, std::size_t b, std::size_t to) { dw[b] += dy[to] * x[a]; });
}

}  // namespace lockstep::kernels
