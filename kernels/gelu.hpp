// The Gaussian error linear unit in its tanh form (torch.nn.GELU(approximate="tanh")):
// y = x/2·(1 + tanh u) with u = √(2/π)·(x + 0.044715·x³). For float and double, its reference. Sizes must be equal,
// else std::invalid_argument.
#pragma once

#include <span>

namespace lockstep::kernels {

inline constexpr double gelu_sqrt_2_over_pi = 0.79788456080286535588;
inline constexpr double gelu_cubic = 0.044715;

/// y may be x.
template <typename T>
void gelu_forward(std::span<const T> x, std::span<T> y);
/// dx = dy·(½·(1 + tanh u) + x/2·(1 − tanh² u)·u'). dx may be dy.
template <typename T>
void gelu_backward(std::span<const T> x, std::span<const T> dy, std::span<T> dx);

}  // namespace lockstep::kernels
