// Fully connected layer on a GPU. Formulas, shapes and errors: kernels/linear.hpp.
#pragma once

#include <span>

#include "kernels/cuda/queue.hpp"
#include "kernels/linear.hpp"

namespace lockstep::kernels {

void linear_forward(const CudaQueue& queue, std::span<const float> x, std::span<const float> w,
                    std::span<const float> bias, std::span<float> y, LinearShape shape);
void linear_forward(const CudaQueue& queue, std::span<const double> x, std::span<const double> w,
                    std::span<const double> bias, std::span<double> y, LinearShape shape);
void linear_forward(const CudaQueue& queue, std::span<const BFloat16> x, std::span<const BFloat16> w,
                    std::span<const BFloat16> bias, std::span<BFloat16> y, LinearShape shape);
void linear_backward_input(const CudaQueue& queue, std::span<const float> dy, std::span<const float> w,
                           std::span<float> dx, LinearShape shape);
void linear_backward_input(const CudaQueue& queue, std::span<const double> dy, std::span<const double> w,
                           std::span<double> dx, LinearShape shape);
void linear_backward_input(const CudaQueue& queue, std::span<const BFloat16> dy, std::span<const BFloat16> w,
                           std::span<BFloat16> dx, LinearShape shape);
void linear_backward_weight(const CudaQueue& queue, std::span<const float> x, std::span<const float> dy,
                            std::span<float> dw, LinearShape shape, Into into);
void linear_backward_weight(const CudaQueue& queue, std::span<const double> x, std::span<const double> dy,
                            std::span<double> dw, LinearShape shape, Into into);
void linear_backward_weight(const CudaQueue& queue, std::span<const BFloat16> x, std::span<const BFloat16> dy,
                            std::span<BFloat16> dw, LinearShape shape, Into into);
/// Summed in an order that depends on the number of rows only, not in row order.
void linear_backward_bias(const CudaQueue& queue, std::span<const float> dy, std::span<float> db, LinearShape shape,
                          Into into);
void linear_backward_bias(const CudaQueue& queue, std::span<const double> dy, std::span<double> db, LinearShape shape,
                          Into into);
void linear_backward_bias(const CudaQueue& queue, std::span<const BFloat16> dy, std::span<BFloat16> db,
                          LinearShape shape, Into into);

}  // namespace lockstep::kernels
