#include "harness/base/hash.hpp"

#include <gtest/gtest.h>

#include <array>

namespace lockstep {

// XXH3_64bits of the empty input, from the xxHash specification's test vectors.
TEST(Hash, IsXxh3) { EXPECT_EQ(format_hash(hash_text("")), "2d06800538d394c2"); }

TEST(Hash, SeesOneBit) {
  std::array<std::byte, 64> bytes{};
  const auto before = hash_bytes(bytes);
  bytes[63] = std::byte{1};
  EXPECT_NE(hash_bytes(bytes), before);
}

}  // namespace lockstep
