// Causal attention on a GPU. Formulas, shapes and errors: kernels/attention.hpp.
#pragma once

#include <span>

#include "kernels/attention.hpp"
#include "kernels/cuda/queue.hpp"

namespace lockstep::kernels {

// For float and double.

template <typename T>
void attention_forward(const CudaQueue& queue, std::span<const T> qkv, std::span<T> probabilities, std::span<T> y,
                       const AttentionShape& shape);
/// Needs no scratch.
template <typename T>
void attention_backward(const CudaQueue& queue, std::span<const T> qkv, std::span<const T> dy,
                        std::span<T> probabilities, std::span<T> scratch, std::span<T> dqkv,
                        const AttentionShape& shape);

}  // namespace lockstep::kernels
