// Activation functions, element by element. A gradient needs only the layer's output y, so each may run in place:
// y may be x, and dx may be dy (the same span, not a shifted one). Sizes must be equal, else std::invalid_argument.
#pragma once

#include <span>

#include "kernels/bfloat16.hpp"

namespace lockstep::kernels {

/// y = max(x, 0); NaN stays NaN.
void relu_forward(std::span<const float> x, std::span<float> y);
/// dx = dy where y > 0, else 0. At x = 0 the derivative is taken as 0, as torch does.
void relu_backward(std::span<const float> y, std::span<const float> dy, std::span<float> dx);

/// y = tanh(x), within 3 ulp.
void tanh_forward(std::span<const float> x, std::span<float> y);
/// dx = dy·(1 − y²)
void tanh_backward(std::span<const float> y, std::span<const float> dy, std::span<float> dx);

// Stored in bfloat16: computed in float and rounded once.
void relu_forward(std::span<const BFloat16> x, std::span<BFloat16> y);
void relu_backward(std::span<const BFloat16> y, std::span<const BFloat16> dy, std::span<BFloat16> dx);
void tanh_forward(std::span<const BFloat16> x, std::span<BFloat16> y);
void tanh_backward(std::span<const BFloat16> y, std::span<const BFloat16> dy, std::span<BFloat16> dx);

// The references.
void relu_forward(std::span<const double> x, std::span<double> y);
void relu_backward(std::span<const double> y, std::span<const double> dy, std::span<double> dx);
void tanh_forward(std::span<const double> x, std::span<double> y);
void tanh_backward(std::span<const double> y, std::span<const double> dy, std::span<double> dx);

}  // namespace lockstep::kernels
