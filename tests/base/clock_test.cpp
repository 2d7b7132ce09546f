#include "harness/base/clock.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <regex>

namespace lockstep {
namespace {

TEST(Clock, DoesNotStepBack) {
  const double before = steady_seconds();
  EXPECT_GE(steady_seconds(), before);
}

TEST(Clock, WritesTheDateInUtc) {
  EXPECT_TRUE(std::regex_match(utc_now("%Y-%m-%dT%H:%M:%SZ"), std::regex{R"(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ)"}));
  EXPECT_EQ(utc_now("%z"), "+0000");
}

}  // namespace
}  // namespace lockstep
