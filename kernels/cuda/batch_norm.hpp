// Batch normalisation on a GPU. Formulas, shapes and errors: kernels/batch_norm.hpp. Sums of a channel are formed in an
// order that depends on the shape only.
#pragma once

#include <span>

#include "kernels/batch_norm.hpp"
#include "kernels/cuda/queue.hpp"

namespace lockstep::kernels {

// For float and double.

template <typename T>
void batch_norm_sums(const CudaQueue& queue, std::span<const T> x, std::span<double> sums, const BatchNormShape& shape);
template <typename T>
void batch_norm_statistics(const CudaQueue& queue, std::span<const double> sums, std::size_t count,
                           const BatchNormStatistics<T>& statistics, const BatchNormSettings& settings);
template <typename T>
void batch_norm_running(const CudaQueue& queue, const BatchNormStatistics<T>& statistics,
                        const BatchNormSettings& settings);
template <typename T>
void batch_norm_forward(const CudaQueue& queue, std::span<const T> x, std::span<const T> mean,
                        std::span<const T> inverse_deviation, std::span<const T> gamma, std::span<const T> beta,
                        std::span<T> y, const BatchNormShape& shape);
template <typename T>
void batch_norm_backward_sums(const CudaQueue& queue, std::span<const T> x, std::span<const T> dy,
                              std::span<const T> mean, std::span<const T> inverse_deviation, std::span<double> sums,
                              const BatchNormShape& shape);
template <typename T>
void batch_norm_backward_parameters(const CudaQueue& queue, std::span<const double> sums, std::span<T> dgamma,
                                    std::span<T> dbeta, Into into);
template <typename T>
void batch_norm_backward_input(const CudaQueue& queue, std::span<const T> x, std::span<const T> dy,
                               std::span<const T> mean, std::span<const T> inverse_deviation, std::span<const T> gamma,
                               std::span<const double> sums, std::size_t count, std::span<T> dx,
                               const BatchNormShape& shape);

}  // namespace lockstep::kernels
