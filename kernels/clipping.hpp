// Clipping by the norm of all gradients together: torch.nn.utils.clip_grad_norm_ (norm_type 2) in two kernels, so that
// the factor never leaves the device.
// Sizes that do not fit throw std::invalid_argument, as does a limit that is not above 0.
#pragma once

#include <span>

#include "kernels/bfloat16.hpp"

namespace lockstep::kernels {

/// torch's: keeps the division finite.
constexpr double clip_epsilon = 1e-6;

/// result: [2]: norm = √Σ g², then factor = min(1, max_norm/(norm + 1e-6)). In double, in an order that depends on the
/// number of gradients only. The factor of a norm that is no number is none; of an infinite one it is 0.
void clip_factor(std::span<const float> gradients, double max_norm, std::span<double> result);
/// g ← factor·g, the product formed in double and rounded once (to
/// bfloat16 by way of float). norm_and_factor: [2], as above; 1 changes no bit.
void apply_factor(std::span<float> gradients, std::span<const double> norm_and_factor);

void clip_factor(std::span<const BFloat16> gradients, double max_norm, std::span<double> result);
void apply_factor(std::span<BFloat16> gradients, std::span<const double> norm_and_factor);

// The references.
void clip_factor(std::span<const double> gradients, double max_norm, std::span<double> result);
void apply_factor(std::span<double> gradients, std::span<const double> norm_and_factor);

}  // namespace lockstep::kernels
