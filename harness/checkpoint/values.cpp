#include "harness/checkpoint/values.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace lockstep {
namespace {

/// An IEEE 754 half: 1 sign, 5 exponent and 10 fraction bits.
double from_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1F;
  const double fraction = bits & 0x3FF;
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == 0x1F) return fraction == 0 ? sign * HUGE_VAL : std::nan("");
  return exponent == 0 ? sign * std::ldexp(fraction, -24) : sign * std::ldexp(fraction + 1024, exponent - 25);
}

/// The upper half of a float.
double from_bfloat(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

template <typename Stored, typename Convert>
ValueSummary summarize(std::span<const std::byte> bytes, const Convert& convert) {
  ValueSummary summary{.smallest = HUGE_VAL, .largest = -HUGE_VAL};
  const std::size_t count = bytes.size() / sizeof(Stored);
  for (std::size_t i = 0; i < count; ++i) {
    Stored stored;
    std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    const double value = convert(stored);
    if (!std::isfinite(value)) {
      if (summary.non_finite++ == 0) summary.first_non_finite = i;
      continue;
    }
    ++summary.finite;
    summary.smallest = value < summary.smallest ? value : summary.smallest;
    summary.largest = value > summary.largest ? value : summary.largest;
  }
  return summary;
}

}  // namespace

std::optional<ValueSummary> summarize_values(std::string_view dtype, std::span<const std::byte> bytes) {
  if (dtype == "F64") return summarize<double>(bytes, [](double value) { return value; });
  if (dtype == "F32") return summarize<float>(bytes, [](float value) { return double{value}; });
  if (dtype == "F16") return summarize<std::uint16_t>(bytes, from_half);
  if (dtype == "BF16") return summarize<std::uint16_t>(bytes, from_bfloat);
  return std::nullopt;
}

}  // namespace lockstep
