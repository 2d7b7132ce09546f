#include "harness/checkpoint/values.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>

namespace lockstep {
namespace {

template <typename T, std::size_t count>
ValueSummary summary(std::string_view dtype, const std::array<T, count>& values) {
  return summarize_values(dtype, std::as_bytes(std::span{values})).value();
}

TEST(Values, OfFloatsAndDoubles) {
  const ValueSummary floats = summary("F32", std::array{0.5F, -3.0F, std::nanf(""), 2.0F, HUGE_VALF});
  EXPECT_EQ(floats.finite, 3U);
  EXPECT_EQ(floats.smallest, -3);
  EXPECT_EQ(floats.largest, 2);
  EXPECT_EQ(floats.non_finite, 2U);
  EXPECT_EQ(floats.first_non_finite, 2U);
  EXPECT_EQ(summary("F64", std::array{1e300}).largest, 1e300);
}

TEST(Values, OfHalves) {
  // 1, −2, 65504, the smallest denormal, ∞
  const ValueSummary halves = summary("F16", std::array<std::uint16_t, 5>{0x3C00, 0xC000, 0x7BFF, 0x0001, 0x7C00});
  EXPECT_EQ(halves.smallest, -2);
  EXPECT_EQ(halves.largest, 65504);
  EXPECT_EQ(halves.non_finite, 1U);
  EXPECT_EQ(halves.first_non_finite, 4U);
  EXPECT_EQ(summary("F16", std::array<std::uint16_t, 1>{0x0001}).largest, std::ldexp(1.0, -24));
  EXPECT_EQ(summary("F16", std::array<std::uint16_t, 1>{0x7E00}).non_finite, 1U) << "NaN";
}

TEST(Values, OfBrainFloats) {
  // 1, −2, NaN
  const ValueSummary values = summary("BF16", std::array<std::uint16_t, 3>{0x3F80, 0xC000, 0x7FC0});
  EXPECT_EQ(values.smallest, -2);
  EXPECT_EQ(values.largest, 1);
  EXPECT_EQ(values.non_finite, 1U);
}

TEST(Values, OfNothingAndOfOtherTypes) {
  EXPECT_EQ(summarize_values("F32", {}).value().finite, 0U);
  EXPECT_FALSE(summarize_values("I32", {}).has_value());
  EXPECT_FALSE(summarize_values("F8_E5M2", {}).has_value());
}

}  // namespace
}  // namespace lockstep
