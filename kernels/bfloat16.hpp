// bfloat16, the upper half of a float: 8 significant bits, a float's range. A type to store in; kernels compute in
// float and round once, when they store.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace lockstep::kernels {

/// Trivially copyable, two bytes; every bit pattern is a value. Usable on a GPU: all of it is constexpr.
struct BFloat16 {
  std::uint16_t bits;

  BFloat16() = default;
  /// To the nearest, ties to even; beyond the largest finite number to infinity. NaN stays NaN, with its sign.
  constexpr explicit BFloat16(float value) : bits{rounded(std::bit_cast<std::uint32_t>(value))} {}
  /// Exact.
  constexpr operator float() const {  // NOLINT(google-explicit-constructor): loses nothing
    return std::bit_cast<float>(std::uint32_t{bits} << 16U);
  }

 private:
  static constexpr std::uint16_t rounded(std::uint32_t pattern) {
    constexpr std::uint32_t infinity = 0x7F800000U;
    constexpr std::uint32_t quiet = 0x40U;
    // A carry out of the mantissa raises the exponent, as it should.
    const std::uint32_t nearest = (pattern + 0x7FFFU + (pattern >> 16U & 1U)) >> 16U;
    const bool is_nan = (pattern & 0x7FFFFFFFU) > infinity;
    return static_cast<std::uint16_t>(is_nan ? pattern >> 16U | quiet : nearest);
  }
};

/// What kernels compute in with elements of type T.
template <typename T>
using Wide = std::conditional_t<std::is_same_v<std::remove_const_t<T>, BFloat16>, float, std::remove_const_t<T>>;

}  // namespace lockstep::kernels
