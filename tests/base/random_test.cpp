#include "harness/base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace lockstep {

// Known answers published with Random123 (kat_vectors, philox4x32 10 rounds).
TEST(Philox, KnownAnswers) {
  using Block = std::array<std::uint32_t, 4>;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({~0U, ~0U, ~0U, ~0U}, {~0U, ~0U}), (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomStream, IsAFunctionOfSeedStreamAndIndex) {
  const RandomStream random{7, 1};
  EXPECT_EQ(random.bits(5), (RandomStream{7, 1}.bits(5)));
  EXPECT_NE(random.bits(5), (RandomStream{8, 1}.bits(5)));
  EXPECT_NE(random.bits(5), (RandomStream{7, 2}.bits(5)));
  EXPECT_NE(random.bits(5), random.bits(6));
}

TEST(RandomStream, NormalHasMeanZeroAndVarianceOne) {
  const RandomStream random{1, 0};
  constexpr int count = 20000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < count; ++i) {
    const double value = random.normal(static_cast<std::uint64_t>(i));
    sum += value;
    squares += value * value;
  }
  // Five standard errors of the mean (1/√n) and of the variance (√(2/n)).
  EXPECT_NEAR(sum / count, 0, 5 / std::sqrt(count));
  EXPECT_NEAR(squares / count, 1, 5 * std::sqrt(2.0 / count));
}

TEST(RandomStream, BelowStaysBelow) {
  const RandomStream random{3, 0};
  for (std::uint64_t i = 0; i < 1000; ++i) EXPECT_LT(random.below(7, i), 7U);
}

TEST(RandomPermutation, HoldsEachNumberOnceAndIsShuffled) {
  auto order = random_permutation(1000, RandomStream{9, 0});
  EXPECT_FALSE(std::ranges::is_sorted(order));
  std::ranges::sort(order);
  for (std::uint32_t i = 0; i < 1000; ++i) EXPECT_EQ(order[i], i);
}

}  // namespace lockstep
