// An image as the matrix of patches under a convolution's kernel, which makes the convolution a matrix product.
#pragma once

#include <span>

#include "kernels/convolution.hpp"

namespace lockstep::kernels {

/// patches [shape.patch(), out_plane()] of one image x [channels, height, width]; zeros where the kernel hangs over.
void gather_patches(std::span<const float> x, std::span<float> patches, const ConvolutionShape& shape);
/// x = Σ of the patches' elements at their places: the transpose of gather_patches.
void scatter_patches(std::span<const float> patches, std::span<float> x, const ConvolutionShape& shape);

}  // namespace lockstep::kernels
