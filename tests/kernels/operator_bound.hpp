// How far a float kernel that sums products may be from its double-precision reference on the same inputs.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

namespace lockstep::kernels {

inline constexpr double unit_roundoff = 0x1p-24;

/// Bound of the error of a sum of `terms` products whose magnitudes |a·b| sum to `magnitude`:
/// min(γ_(K+1), 2√K·u) · magnitude with γ_n = n·u / (1 − n·u).
///
/// γ holds for any order of summation, fused or not (Higham, Accuracy and Stability of Numerical Algorithms, section
/// 3.1), but grows until, from K = 2048, inputs rounded to TF32 hide below it. Rounding errors are not all of one sign:
/// correct products stay below 0.6·√K·u, so that 2√K·u keeps a factor of 3 and still sees TF32.
inline double operator_bound(std::size_t terms, double magnitude) {
  const auto k = static_cast<double>(terms);
  const double gamma = (k + 1) * unit_roundoff / (1 - (k + 1) * unit_roundoff);
  return std::min(gamma, 2 * std::sqrt(k) * unit_roundoff) * magnitude;
}

/// The same for a sum that is formed in float and stored in bfloat16: one more rounding, of the value that came out.
inline double bfloat16_bound(std::size_t terms, double magnitude, double expected) {
  constexpr double unit = 0x1p-8;
  constexpr double half_of_smallest = 0x1p-134;
  const double before = operator_bound(terms, magnitude);
  return before + unit * (std::abs(expected) + before) + half_of_smallest;
}

/// How many elements of `computed` are further from `expected` than the bound of a sum of `terms` products, given the
/// sums of their magnitudes. NaN counts.
inline std::size_t count_violations(std::span<const float> computed, std::span<const double> expected,
                                    std::span<const double> magnitude, std::size_t terms) {
  std::size_t violations = 0;
  for (std::size_t i = 0; i < computed.size(); ++i) {
    const double error = std::abs(static_cast<double>(computed[i]) - expected[i]);
    if (!(error <= operator_bound(terms, magnitude[i]))) ++violations;
  }
  return violations;
}

}  // namespace lockstep::kernels
