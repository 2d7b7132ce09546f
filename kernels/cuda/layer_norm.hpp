// Layer normalisation on a GPU. Formulas, shapes and errors: kernels/layer_norm.hpp.
#pragma once

#include <span>

#include "kernels/cuda/queue.hpp"
#include "kernels/layer_norm.hpp"

namespace lockstep::kernels {

// For float and double.

template <typename T>
void layer_norm_forward(const CudaQueue& queue, std::span<const T> x, std::span<const T> gamma, std::span<const T> beta,
                        std::span<T> statistics, std::span<T> y);
template <typename T>
void layer_norm_backward_parameters(const CudaQueue& queue, std::span<const T> x, std::span<const T> dy,
                                    std::span<const T> statistics, std::span<T> dgamma, std::span<T> dbeta, Into into);
template <typename T>
void layer_norm_backward_input(const CudaQueue& queue, std::span<const T> x, std::span<const T> dy,
                               std::span<const T> statistics, std::span<const T> gamma, std::span<T> dx);

}  // namespace lockstep::kernels
