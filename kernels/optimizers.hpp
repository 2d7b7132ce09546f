// Optimizer steps, element by element over flat arrays of equal size (else std::invalid_argument). w is a value, g its
// gradient. Settings are double; everything per element is computed in the type of the values.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/bfloat16.hpp"

namespace lockstep::kernels {

struct SgdSettings {
  double learning_rate = 0.01;
  double momentum = 0;
  double weight_decay = 0;
  bool nesterov = false;
};

/// torch.optim.SGD (dampening 0): g ← g + weight_decay·w; v ← momentum·v + g; w ← w − learning_rate·d, where d is v, or
/// g + momentum·v with nesterov, or g without momentum. The velocity starts at zero; it is empty when momentum is 0.
void sgd(std::span<float> values, std::span<const float> gradients, std::span<float> velocity,
         const SgdSettings& settings);

struct AdamSettings {
  /// Where the weight decay acts: in the gradient (Adam), or on the value itself, apart from the moments (AdamW).
  enum class Decay { of_gradient, of_value };

  double learning_rate = 0.001;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  Decay decay = Decay::of_gradient;
};

/// torch.optim.Adam: g ← g + weight_decay·w; m ← β1·m + (1−β1)·g; v ← β2·v + (1−β2)·g²;
/// w ← w − learning_rate/(1−β1ᵗ) · m / (√v/√(1−β2ᵗ) + ε). m and v start at zero; t is `step`, which counts from 1.
/// With Decay::of_value torch.optim.AdamW: w ← (1 − learning_rate·weight_decay)·w first, and g stays as it is.
void adam(std::span<float> values, std::span<const float> gradients, std::span<float> first_moment,
          std::span<float> second_moment, const AdamSettings& settings, std::int64_t step);

struct TernarySettings {
  double threshold = 1;
};

/// w ← clamp(w − sign(g)·[|g| ≥ threshold], −1, 1). Keeps integer weights in {−1, 0, 1}, so that a training whose
/// arithmetic is exact stays exact over any number of steps. threshold ≥ 0.
void ternary(std::span<float> values, std::span<const float> gradients, const TernarySettings& settings);

// Stored in bfloat16: computed in float, each stored element is rounded once; what is computed from a new v or m uses
// it before it is rounded.
void sgd(std::span<BFloat16> values, std::span<const BFloat16> gradients, std::span<BFloat16> velocity,
         const SgdSettings& settings);
void adam(std::span<BFloat16> values, std::span<const BFloat16> gradients, std::span<BFloat16> first_moment,
          std::span<BFloat16> second_moment, const AdamSettings& settings, std::int64_t step);
void ternary(std::span<BFloat16> values, std::span<const BFloat16> gradients, const TernarySettings& settings);

// The references: the same formulas in double.
void sgd(std::span<double> values, std::span<const double> gradients, std::span<double> velocity,
         const SgdSettings& settings);
void adam(std::span<double> values, std::span<const double> gradients, std::span<double> first_moment,
          std::span<double> second_moment, const AdamSettings& settings, std::int64_t step);
void ternary(std::span<double> values, std::span<const double> gradients, const TernarySettings& settings);

}  // namespace lockstep::kernels
