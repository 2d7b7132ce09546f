#include "harness/base/units.hpp"

#include <gtest/gtest.h>

namespace lockstep {

TEST(Units, BytesAreBinary) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1536), "1.50 KiB");
  EXPECT_EQ(format_bytes(25 * MiB), "25.0 MiB");
  EXPECT_EQ(format_bytes(139 * GiB), "139 GiB");
}

TEST(Units, DurationsPickTheirUnit) {
  EXPECT_EQ(format_duration(Seconds{3.4e-7}), "340 ns");
  EXPECT_EQ(format_duration(Seconds{2.5e-5}), "25.0 us");
  EXPECT_EQ(format_duration(Seconds{1.25e-3}), "1.25 ms");
  EXPECT_EQ(format_duration(Seconds{2}), "2.0 s");
  EXPECT_EQ(format_duration(Seconds{200}), "3 min 20 s");
}

}  // namespace lockstep
