// Dropout on a GPU. Formulas, shapes and errors: kernels/dropout.hpp. The mask is the CPU's.
#pragma once

#include <span>

#include "kernels/cuda/queue.hpp"
#include "kernels/dropout.hpp"

namespace lockstep::kernels {

// For float and double.

template <typename T>
void dropout(const CudaQueue& queue, std::span<const T> x, std::span<T> y, const DropoutMask& mask);

}  // namespace lockstep::kernels
