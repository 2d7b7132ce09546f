// Optimizer steps, element by element over flat arrays of equal size (else std::invalid_argument). w is a value, g its
// gradient. Settings are double; everything per element is computed in the type of the values.
#pragma once

#include <cstdint>
#include <span>

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
  double learning_rate = 0.001;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
};

/// torch.optim.Adam: g ← g + weight_decay·w; m ← β1·m + (1−β1)·g; v ← β2·v + (1−β2)·g²;
/// w ← w − learning_rate/(1−β1ᵗ) · m / (√v/√(1−β2ᵗ) + ε). m and v start at zero; t is `step`, which counts from 1.
void adam(std::span<float> values, std::span<const float> gradients, std::span<float> first_moment,
          std::span<float> second_moment, const AdamSettings& settings, std::int64_t step);

struct TernarySettings {
  double threshold = 1;
};

/// w ← clamp(w − sign(g)·[|g| ≥ threshold], −1, 1). Keeps integer weights in {−1, 0, 1}, so that a training whose
/// arithmetic is exact stays exact over any number of steps. threshold ≥ 0.
void ternary(std::span<float> values, std::span<const float> gradients, const TernarySettings& settings);

// The references: the same formulas in double.
void sgd(std::span<double> values, std::span<const double> gradients, std::span<double> velocity,
         const SgdSettings& settings);
void adam(std::span<double> values, std::span<const double> gradients, std::span<double> first_moment,
          std::span<double> second_moment, const AdamSettings& settings, std::int64_t step);
void ternary(std::span<double> values, std::span<const double> gradients, const TernarySettings& settings);

}  // namespace lockstep::kernels
