// An exponential that the compiler can vectorise; std::exp is a call per element.
#pragma once

#include <bit>
#include <cstdint>

namespace lockstep::kernels {

/// eˣ for x ≤ 0, within 2 ulp; 0 below −87.33, where eˣ leaves the normal numbers; NaN for NaN.
///
/// eˣ = 2ⁿ·eʳ with n = x/ln 2 rounded and r = x − n·ln 2, |r| ≤ ln 2 / 2. eʳ = 1 + r + r²·p(r), p fitted for the least
/// maximum relative error (2⁻²⁸); ln 2 is split so that n·ln2_high is exact.
inline float exp_of_nonpositive(float x) {
  constexpr float smallest = -87.33F;
  constexpr float one_over_ln2 = 1.442695F;
  constexpr float ln2_high = 0.693145751953125F;  // 15 bits
  constexpr float ln2_low = 1.4286068e-6F;
  // Adding 1.5·2²³ leaves no bits behind the binary point: the sum holds the rounded integer in its low bits.
  constexpr float to_integer = 12582912.0F;

  const float inside = x < smallest ? smallest : x;
  const float shifted = inside * one_over_ln2 + to_integer;
  const float n = shifted - to_integer;
  const float r = (inside - n * ln2_high) - n * ln2_low;
  const float p = (((0.0013814467F * r + 0.008368781F) * r + 0.041668393F) * r + 0.1666652F) * r + 0.49999994F;
  const float exp_r = p * (r * r) + r + 1.0F;
  const std::uint32_t n_bits = std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(to_integer);
  const float two_to_n = std::bit_cast<float>((n_bits + 127U) << 23U);
  const float result = exp_r * two_to_n;
  return x < smallest ? 0.0F : result;
}

}  // namespace lockstep::kernels
