// The Gaussian error linear unit on a GPU. Formulas, shapes and errors: kernels/gelu.hpp.
#pragma once

#include <span>

#include "kernels/cuda/queue.hpp"
#include "kernels/gelu.hpp"

namespace lockstep::kernels {

// For float and double.

template <typename T>
void gelu_forward(const CudaQueue& queue, std::span<const T> x, std::span<T> y);
template <typename T>
void gelu_backward(const CudaQueue& queue, std::span<const T> x, std::span<const T> dy, std::span<T> dx);

}  // namespace lockstep::kernels
