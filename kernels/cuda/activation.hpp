// Activation functions on a GPU. Formulas, sizes and errors: kernels/activation.hpp.
#pragma once

#include <span>

#include "kernels/bfloat16.hpp"
#include "kernels/cuda/queue.hpp"

namespace lockstep::kernels {

void relu_forward(const CudaQueue& queue, std::span<const float> x, std::span<float> y);
void relu_forward(const CudaQueue& queue, std::span<const double> x, std::span<double> y);
void relu_forward(const CudaQueue& queue, std::span<const BFloat16> x, std::span<BFloat16> y);
void relu_backward(const CudaQueue& queue, std::span<const float> y, std::span<const float> dy, std::span<float> dx);
void relu_backward(const CudaQueue& queue, std::span<const double> y, std::span<const double> dy, std::span<double> dx);
void relu_backward(const CudaQueue& queue, std::span<const BFloat16> y, std::span<const BFloat16> dy,
                   std::span<BFloat16> dx);
void tanh_forward(const CudaQueue& queue, std::span<const float> x, std::span<float> y);
void tanh_forward(const CudaQueue& queue, std::span<const double> x, std::span<double> y);
void tanh_forward(const CudaQueue& queue, std::span<const BFloat16> x, std::span<BFloat16> y);
void tanh_backward(const CudaQueue& queue, std::span<const float> y, std::span<const float> dy, std::span<float> dx);
void tanh_backward(const CudaQueue& queue, std::span<const double> y, std::span<const double> dy, std::span<double> dx);
void tanh_backward(const CudaQueue& queue, std::span<const BFloat16> y, std::span<const BFloat16> dy,
                   std::span<BFloat16> dx);

}  // namespace lockstep::kernels
