#include "harness/base/clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using ::testing::MatchesRegex;

TEST(Clock, DoesNotStepBack) {
  const double before = steady_seconds();
  EXPECT_GE(steady_seconds(), before);
}

TEST(Clock, WritesTheDateInUtc) {
  EXPECT_THAT(utc_now("%Y-%m-%dT%H:%M:%SZ"), MatchesRegex("20..-..-..T..:..:..Z"));
  EXPECT_EQ(utc_now("%z"), "+0000");
}

}  // namespace
}  // namespace lockstep
