// Embedding on a GPU. Formulas, shapes and errors: kernels/embedding.hpp. A token outside of the table
// cannot be thrown from there: its row becomes NaN.
#pragma once

#include <span>

#include "kernels/cuda/queue.hpp"
#include "kernels/embedding.hpp"

namespace lockstep::kernels {

// For float and double.

template <typename T>
void embedding_forward(const CudaQueue& queue, std::span<const std::int32_t> tokens, std::span<const T> table,
                       std::span<T> y, std::size_t width);
template <typename T>
void embedding_backward(const CudaQueue& queue, std::span<const std::int32_t> tokens, std::span<const T> dy,
                        std::span<T> dtable, std::size_t width, Into into);
template <typename T>
void add_table(const CudaQueue& queue, std::span<const T> x, std::span<const T> table, std::span<T> y);

}  // namespace lockstep::kernels
