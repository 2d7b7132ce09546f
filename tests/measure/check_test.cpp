#include "harness/measure/check.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "harness/measure/checks/checks.hpp"

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

Recording one_rank_two_steps() {
  Recording recording;
  recording.steps.resize(2);
  for (StepRecord& step : recording.steps) {
    step.ranks.resize(1);
    step.ranks[0].gradients = {1, 2};
    step.ranks[0].parameters_hash = 7;
    step.ranks[0].loss = 3;
  }
  return recording;
}

TEST(Repeatable, sees_any_bit_of_any_step) {
  const Recording first = one_rank_two_steps();
  EXPECT_EQ(check_repeatable(first, first).verdict, Verdict::pass);
  const auto verdict_after = [&](const auto& change) {
    Recording second = first;
    change(second.steps[1].ranks[0]);
    return check_repeatable(first, second).verdict;
  };
  EXPECT_EQ(verdict_after([](RankRecord& rank) { rank.gradients[1] = std::nextafter(2.0, 3.0); }), Verdict::fail);
  EXPECT_EQ(verdict_after([](RankRecord& rank) { rank.parameters_hash ^= 1; }), Verdict::fail);
  EXPECT_EQ(verdict_after([](RankRecord& rank) { rank.loss = std::nextafter(3.0, 4.0); }), Verdict::fail);
  Recording shorter = first;
  shorter.steps.pop_back();
  EXPECT_EQ(check_repeatable(first, shorter).verdict, Verdict::fail);
  EXPECT_EQ(check_repeatable({}, {}).verdict, Verdict::fail) << "nothing was compared";
}

}  // namespace
}  // namespace lockstep
