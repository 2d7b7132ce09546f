// The inner loop of the shared-memory all-reduce: a sum over ranks in rank order, given to every rank.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/bfloat16.hpp"

namespace lockstep::kernels {

/// For each i < count: s = ((inputs[0][i] + inputs[1][i]) + inputs[2][i]) + …, written to every outputs[j][i].
/// Every array has `count` elements. An output may be one of the inputs; a partial overlap is not allowed.
/// Throws std::invalid_argument when there is no input or no output.
void sum_in_order(std::span<const float* const> inputs, std::span<float* const> outputs, std::size_t count);
void sum_in_order(std::span<const double* const> inputs, std::span<double* const> outputs, std::size_t count);
/// The sums are those of float; each is rounded once, when it is written.
void sum_in_order(std::span<const BFloat16* const> inputs, std::span<BFloat16* const> outputs, std::size_t count);

}  // namespace lockstep::kernels
