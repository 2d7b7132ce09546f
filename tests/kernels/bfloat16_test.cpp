#include "kernels/bfloat16.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace lockstep::kernels {
namespace {

constexpr std::uint32_t patterns = 0x10000;
constexpr float infinity = std::numeric_limits<float>::infinity();

BFloat16 of_bits(std::uint32_t bits) { return std::bit_cast<BFloat16>(static_cast<std::uint16_t>(bits)); }

std::uint16_t bits_of(float value) { return BFloat16{value}.bits; }

static_assert(sizeof(BFloat16) == 2 && std::is_trivially_copyable_v<BFloat16>);
static_assert(static_cast<float>(BFloat16{1.0F}) == 1.0F && BFloat16{-2.0F}.bits == 0xC000);

TEST(BFloat16, EveryPatternIsAFloatAndComesBack) {
  for (std::uint32_t bits = 0; bits < patterns; ++bits) {
    const float value = of_bits(bits);
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(float{BFloat16{value}})) << std::hex << bits;
    else
      EXPECT_EQ(bits_of(value), bits) << std::hex;
  }
}

// What lies between two neighbours goes to the nearer one, what lies in the middle to the even one: for all neighbours
// from 0 over the subnormal numbers to infinity, of both signs. The middle is a float.
TEST(BFloat16, RoundsToTheNearestAndTiesToEven) {
  constexpr std::uint32_t infinite = 0x7F80;
  for (std::uint32_t lower = 0; lower < infinite; ++lower) {
    const double below = static_cast<double>(float{of_bits(lower)});
    const double above = lower + 1 == infinite ? 0x1p128 : static_cast<double>(float{of_bits(lower + 1)});
    const auto middle = static_cast<float>((below + above) / 2);
    ASSERT_EQ(static_cast<double>(middle), (below + above) / 2);
    const std::uint32_t even = lower % 2 == 0 ? lower : lower + 1;
    EXPECT_EQ(bits_of(std::nextafter(middle, 0.0F)), lower);
    EXPECT_EQ(bits_of(middle), even);
    EXPECT_EQ(bits_of(std::nextafter(middle, infinity)), lower + 1);
    EXPECT_EQ(bits_of(-middle), even | 0x8000U);
  }
}

TEST(BFloat16, AtTheEdges) {
  EXPECT_EQ(bits_of(0.0F), 0x0000);
  EXPECT_EQ(bits_of(-0.0F), 0x8000);
  EXPECT_EQ(bits_of(infinity), 0x7F80);
  EXPECT_EQ(bits_of(-infinity), 0xFF80);
  EXPECT_EQ(bits_of(std::numeric_limits<float>::max()), 0x7F80);
  EXPECT_EQ(bits_of(std::numeric_limits<float>::denorm_min()), 0x0000);
  EXPECT_EQ(bits_of(0x1p-133F), 0x0001);
}

// Cut off or rounded up, such a NaN would become an infinity or a zero.
TEST(BFloat16, NanStaysNan) {
  for (const std::uint32_t pattern : {0x7F800001U, 0x7F80FFFFU, 0x7FFFFFFFU, 0xFF800001U, 0xFFFFFFFFU, 0x7FC00000U}) {
    const BFloat16 rounded{std::bit_cast<float>(pattern)};
    EXPECT_TRUE(std::isnan(float{rounded})) << std::hex << pattern;
    EXPECT_EQ(rounded.bits >> 15U, pattern >> 31U) << std::hex << pattern;
  }
}

// By hand, and as torch and numpy's ml_dtypes print them.
TEST(BFloat16, KnownNumbers) {
  EXPECT_EQ(float{BFloat16{3.14159265F}}, 3.140625F);
  EXPECT_EQ(float{BFloat16{0.1F}}, 0.10009765625F);
  EXPECT_EQ(float{BFloat16{257.0F}}, 256.0F);
  EXPECT_EQ(float{BFloat16{259.0F}}, 260.0F);
}

}  // namespace
}  // namespace lockstep::kernels
