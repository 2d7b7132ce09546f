// Convolution of images, as torch.nn.Conv2d without dilation and groups (a cross-correlation), and its gradients.
// Images are [rows, channels, height, width], row-major; `rows` is the batch and may be 0.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/into.hpp"

namespace lockstep::kernels {

/// x, dx: [rows, channels, height, width]; w, dw: [filters, channels, kernel, kernel]; y, dy: [rows, filters,
/// out_height(), out_width()].
struct ConvolutionShape {
  std::size_t rows = 0;
  std::size_t channels = 0;
  std::size_t height = 0;
  std::size_t width = 0;
  std::size_t filters = 0;
  std::size_t kernel = 1;   // of both directions
  std::size_t stride = 1;   // at least 1
  std::size_t padding = 0;  // zeros on each side

  [[nodiscard]] std::size_t out_height() const { return (height + 2 * padding - kernel) / stride + 1; }
  [[nodiscard]] std::size_t out_width() const { return (width + 2 * padding - kernel) / stride + 1; }
  [[nodiscard]] std::size_t image() const { return channels * height * width; }
  [[nodiscard]] std::size_t out_plane() const { return out_height() * out_width(); }
  [[nodiscard]] std::size_t out_image() const { return filters * out_plane(); }
  /// Terms of one output: rows of the matrix of patches.
  [[nodiscard]] std::size_t patch() const { return channels * kernel * kernel; }
  /// Elements of scratch that the float kernels need: one image's patches, or none where the image is its own.
  [[nodiscard]] std::size_t scratch() const { return is_pointwise() ? 0 : patch() * out_plane(); }
  [[nodiscard]] bool is_pointwise() const { return kernel == 1 && stride == 1 && padding == 0; }
};

// Each throws std::invalid_argument when the size of a span is not its shape's. Results must not overlap inputs. Every
// image is a product of its own, so its results do not depend on what else is in the batch.

/// y[n, f, i, j] = Σ over c, r, s of w[f, c, r, s]·x[n, c, i·stride + r − padding, j·stride + s − padding]
void convolution_forward(std::span<const float> x, std::span<const float> w, std::span<float> y,
                         const ConvolutionShape& shape, std::span<float> scratch);
/// dx: the gradient by x.
void convolution_backward_input(std::span<const float> dy, std::span<const float> w, std::span<float> dx,
                                const ConvolutionShape& shape, std::span<float> scratch);
/// dw (=|+=) the gradient by w, image by image.
void convolution_backward_weight(std::span<const float> x, std::span<const float> dy, std::span<float> dw,
                                 const ConvolutionShape& shape, Into into, std::span<float> scratch);

// The references; they need no scratch.
void convolution_forward(std::span<const double> x, std::span<const double> w, std::span<double> y,
                         const ConvolutionShape& shape, std::span<double> scratch);
void convolution_backward_input(std::span<const double> dy, std::span<const double> w, std::span<double> dx,
                                const ConvolutionShape& shape, std::span<double> scratch);
void convolution_backward_weight(std::span<const double> x, std::span<const double> dy, std::span<double> dw,
                                 const ConvolutionShape& shape, Into into, std::span<double> scratch);

}  // namespace lockstep::kernels
