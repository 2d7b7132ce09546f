// The sum of collectives on a GPU. Formula, sizes and errors: kernels/sum.hpp.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/bfloat16.hpp"
#include "kernels/cuda/queue.hpp"

namespace lockstep::kernels {

/// Inputs and outputs of up to 64 arrays each may be memory of other devices that this one may access.
void sum_in_order(const CudaQueue& queue, std::span<const float* const> inputs, std::span<float* const> outputs,
                  std::size_t count);
void sum_in_order(const CudaQueue& queue, std::span<const double* const> inputs, std::span<double* const> outputs,
                  std::size_t count);
void sum_in_order(const CudaQueue& queue, std::span<const BFloat16* const> inputs, std::span<BFloat16* const> outputs,
                  std::size_t count);

}  // namespace lockstep::kernels
