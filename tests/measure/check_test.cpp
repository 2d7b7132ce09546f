#include "harness/measure/check.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace lockstep {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Judged, passes_up_to_the_limit) {
  EXPECT_EQ(judged("a", 1, 0, 0, "").verdict, Verdict::pass);
  EXPECT_EQ(judged("a", 1, 1, 1, "").verdict, Verdict::pass);
  EXPECT_EQ(judged("a", 1, 0.5, 1, "").verdict, Verdict::pass);
  EXPECT_EQ(judged("a", 1, std::nextafter(1.0, 2.0), 1, "").verdict, Verdict::fail);
}

TEST(Judged, fails_when_nothing_was_compared) {
  const CheckResult result = judged("a", 0, 0, 1, "a reason");
  EXPECT_EQ(result.verdict, Verdict::fail);
  EXPECT_EQ(result.because, "nothing was compared");
  EXPECT_FALSE(result.worst.has_value());
}

TEST(Judged, fails_on_what_is_not_a_number_and_has_no_worst_then) {
  for (const double worst : {not_a_number, infinity}) {
    const CheckResult result = judged("a", 5, worst, 1, "a reason");
    EXPECT_EQ(result.verdict, Verdict::fail);
    EXPECT_FALSE(result.worst.has_value()) << "results hold finite numbers only";
  }
  EXPECT_EQ(judged("a", 5, 1, not_a_number, "").verdict, Verdict::fail);
}

TEST(Judged, keeps_what_it_was_told) {
  const CheckResult result = judged("a", 7, 2, 1, "a reason");
  EXPECT_EQ(result.name, "a");
  EXPECT_EQ(result.compared, 7U);
  EXPECT_EQ(result.worst, 2);
  EXPECT_EQ(result.limit, 1);
  EXPECT_EQ(result.because, "a reason");
}

TEST(Failed, says_what_was_found) {
  const CheckResult result = failed("a", 3, "found this");
  EXPECT_EQ(result.verdict, Verdict::fail);
  EXPECT_EQ(result.compared, 3U);
  EXPECT_EQ(result.because, "found this");
  EXPECT_FALSE(result.worst.has_value());
  EXPECT_FALSE(result.limit.has_value());
}

TEST(CheckResult, fails_until_it_is_judged) { EXPECT_EQ(CheckResult{}.verdict, Verdict::fail); }

}  // namespace
}  // namespace lockstep
