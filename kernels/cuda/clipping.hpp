// Clipping on a GPU, without a look from the host. Formulas, sizes and errors: kernels/clipping.hpp.
#pragma once

#include "kernels/clipping.hpp"
#include "kernels/cuda/queue.hpp"

namespace lockstep::kernels {

void clip_factor(const CudaQueue& queue, std::span<const float> gradients, double max_norm, std::span<double> result);
void clip_factor(const CudaQueue& queue, std::span<const double> gradients, double max_norm, std::span<double> result);
void clip_factor(const CudaQueue& queue, std::span<const BFloat16> gradients, double max_norm,
                 std::span<double> result);
void apply_factor(const CudaQueue& queue, std::span<float> gradients, std::span<const double> norm_and_factor);
void apply_factor(const CudaQueue& queue, std::span<double> gradients, std::span<const double> norm_and_factor);
void apply_factor(const CudaQueue& queue, std::span<BFloat16> gradients, std::span<const double> norm_and_factor);

}  // namespace lockstep::kernels
