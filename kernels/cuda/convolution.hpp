// Convolution on a GPU, by kernels of our own. Formulas, shapes and errors: kernels/convolution.hpp. No scratch is
// needed; results do not depend on the number of images but for dw, which is summed in an order that depends on the
// shape only.
#pragma once

#include <span>

#include "kernels/convolution.hpp"
#include "kernels/cuda/queue.hpp"

namespace lockstep::kernels {

// For float and double.

template <typename T>
void convolution_forward(const CudaQueue& queue, std::span<const T> x, std::span<const T> w, std::span<T> y,
                         const ConvolutionShape& shape, std::span<T> scratch);
template <typename T>
void convolution_backward_input(const CudaQueue& queue, std::span<const T> dy, std::span<const T> w, std::span<T> dx,
                                const ConvolutionShape& shape, std::span<T> scratch);
template <typename T>
void convolution_backward_weight(const CudaQueue& queue, std::span<const T> x, std::span<const T> dy, std::span<T> dw,
                                 const ConvolutionShape& shape, Into into, std::span<T> scratch);

}  // namespace lockstep::kernels
