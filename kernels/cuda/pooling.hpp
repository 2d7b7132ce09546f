// Pooling on a GPU. Formulas, shapes and errors: kernels/pooling.hpp.
#pragma once

#include <span>

#include "kernels/cuda/queue.hpp"
#include "kernels/pooling.hpp"

namespace lockstep::kernels {

// For float and double.

template <typename T>
void max_pool_forward(const CudaQueue& queue, std::span<const T> x, std::span<T> y, const PoolingShape& shape);
template <typename T>
void max_pool_backward(const CudaQueue& queue, std::span<const T> x, std::span<const T> dy, std::span<T> dx,
                       const PoolingShape& shape);
template <typename T>
void average_pool_forward(const CudaQueue& queue, std::span<const T> x, std::span<T> y, const PoolingShape& shape);
template <typename T>
void average_pool_backward(const CudaQueue& queue, std::span<const T> dy, std::span<T> dx, const PoolingShape& shape);

}  // namespace lockstep::kernels
