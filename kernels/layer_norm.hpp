// Layer normalisation, y = γ·(x − mean)/√(variance + ε) + β over each row (torch.nn.LayerNorm). x, y, dy, dx
// [rows, width]; γ, β [width]; statistics [rows, 2]: mean and 1/√(variance + ε).
#pragma once

#include <cstddef>
#include <span>

#include "kernels/into.hpp"

namespace lockstep::kernels {

inline constexpr double layer_norm_epsilon = 1e-5;

// For float and double, its reference. Each throws std::invalid_argument when the size of a span does not fit. Sums are
// formed in double. With x̂ = (x − mean)·statistic:

template <typename T>
void layer_norm_forward(std::span<const T> x, std::span<const T> gamma, std::span<const T> beta,
                        std::span<T> statistics, std::span<T> y);
/// dγ (=|+=) Σ over rows of dy·x̂, dβ (=|+=) Σ dy.
template <typename T>
void layer_norm_backward_parameters(std::span<const T> x, std::span<const T> dy, std::span<const T> statistics,
                                    std::span<T> dgamma, std::span<T> dbeta, Into into);
/// With g = dy·γ: dx = (g − mean of g − x̂·mean of g·x̂)/√(variance + ε). dx may be dy.
template <typename T>
void layer_norm_backward_input(std::span<const T> x, std::span<const T> dy, std::span<const T> statistics,
                               std::span<const T> gamma, std::span<T> dx);

}  // namespace lockstep::kernels
