// Optimizer updates over flat tensors of one size and element type, queued on a stream. Formulas:
// kernels/optimizers.hpp. Do not wait.
#pragma once

#include <cstdint>

#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"
#include "kernels/optimizers.hpp"

namespace lockstep::ops {

/// `velocity` is empty without momentum.
void sgd(Stream& stream, const Tensor& values, const Tensor& gradients, const Tensor& velocity,
         const kernels::SgdSettings& settings);
void adam(Stream& stream, const Tensor& values, const Tensor& gradients, const Tensor& first_moment,
          const Tensor& second_moment, const kernels::AdamSettings& settings, std::int64_t step);
void ternary(Stream& stream, const Tensor& values, const Tensor& gradients, const kernels::TernarySettings& settings);

}  // namespace lockstep::ops
