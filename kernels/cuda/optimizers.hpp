// Optimizer steps on a GPU. Formulas, sizes and errors: kernels/optimizers.hpp.
#pragma once

#include "kernels/cuda/queue.hpp"
#include "kernels/optimizers.hpp"

namespace lockstep::kernels {

void sgd(const CudaQueue& queue, std::span<float> values, std::span<const float> gradients, std::span<float> velocity,
         const SgdSettings& settings);
void sgd(const CudaQueue& queue, std::span<double> values, std::span<const double> gradients,
         std::span<double> velocity, const SgdSettings& settings);
void sgd(const CudaQueue& queue, std::span<BFloat16> values, std::span<const BFloat16> gradients,
         std::span<BFloat16> velocity, const SgdSettings& settings);
void adam(const CudaQueue& queue, std::span<float> values, std::span<const float> gradients,
          std::span<float> first_moment, std::span<float> second_moment, const AdamSettings& settings,
          std::int64_t step);
void adam(const CudaQueue& queue, std::span<double> values, std::span<const double> gradients,
          std::span<double> first_moment, std::span<double> second_moment, const AdamSettings& settings,
          std::int64_t step);
void adam(const CudaQueue& queue, std::span<BFloat16> values, std::span<const BFloat16> gradients,
          std::span<BFloat16> first_moment, std::span<BFloat16> second_moment, const AdamSettings& settings,
          std::int64_t step);
void ternary(const CudaQueue& queue, std::span<float> values, std::span<const float> gradients,
             const TernarySettings& settings);
void ternary(const CudaQueue& queue, std::span<double> values, std::span<const double> gradients,
             const TernarySettings& settings);
void ternary(const CudaQueue& queue, std::span<BFloat16> values, std::span<const BFloat16> gradients,
             const TernarySettings& settings);

}  // namespace lockstep::kernels
