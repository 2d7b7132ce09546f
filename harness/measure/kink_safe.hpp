// Samples on which rounding cannot flip a ReLU.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace lockstep {

/// A multilayer perceptron's shape; its parameters are flat, layer by layer, weight [out, in] then bias [out].
struct PerceptronShape {
  std::vector<std::size_t> widths;
  bool bias = true;
};

/// Whether every hidden unit's input z is at least `tau`·(|W||a| + |b|) away from 0, computed in double. Nearer ones
/// may come out on the other side of the kink on a device with another order of summation, which changes the gradient
/// by a whole sample's share and not by a rounding error.
bool is_kink_safe(const PerceptronShape& shape, std::span<const double> parameters, std::span<const float> input,
                  double tau);

}  // namespace lockstep
