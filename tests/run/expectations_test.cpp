#include "harness/run/expectations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace lockstep {
namespace {

using ::testing::HasSubstr;

CaseResult with_metric(std::optional<double> value) {
  CaseResult result;
  result.metrics.push_back({.name = "speedup", .unit = "1", .better = Better::higher, .value = value});
  return result;
}

Case expecting(std::optional<double> min, std::optional<double> max, const std::string& metric = "speedup") {
  Case one;
  one.scenario.expectations.push_back({.metric = metric, .where = {}, .min = min, .max = max});
  return one;
}

/// The one check that the expectation makes of the value.
CheckResult check_of(double value, std::optional<double> min, std::optional<double> max) {
  CaseResult result = with_metric(value);
  add_expectations(result, expecting(min, max));
  EXPECT_EQ(result.checks.size(), 1U);
  return result.checks.at(0);
}

TEST(Expectations, BoundsAreInclusive) {
  EXPECT_EQ(check_of(1.7, 1.7, {}).verdict, Verdict::pass);
  EXPECT_EQ(check_of(1.69, 1.7, {}).verdict, Verdict::fail);
  EXPECT_EQ(check_of(1.7, {}, 1.7).verdict, Verdict::pass);
  EXPECT_EQ(check_of(1.71, {}, 1.7).verdict, Verdict::fail);
  EXPECT_EQ(check_of(1.5, 1.0, 2.0).verdict, Verdict::pass);
}

TEST(Expectations, TheLimitIsTheBoundThatWasBroken) {
  EXPECT_EQ(check_of(0.5, 1.0, 2.0).limit, 1.0);
  EXPECT_EQ(check_of(2.5, 1.0, 2.0).limit, 2.0);
  EXPECT_EQ(check_of(2.5, 1.0, 2.0).worst, 2.5);
  EXPECT_EQ(check_of(1.5, {}, 2.0).limit, 2.0);
  EXPECT_EQ(check_of(2.5, 1.0, 2.0).because, "the scenario expects at least 1 and at most 2");
  EXPECT_EQ(check_of(2.5, {}, 2.0).because, "the scenario expects at most 2");
}

TEST(Expectations, NotANumberMeetsNone) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(check_of(nan, 1.0, {}).verdict, Verdict::fail);
  EXPECT_EQ(check_of(nan, {}, 1.0).verdict, Verdict::fail);
}

TEST(Expectations, AMetricThatTheCaseDoesNotHaveFails) {
  CaseResult result = with_metric(2.0);
  add_expectations(result, expecting(1.0, {}, "throughput"));
  ASSERT_EQ(result.checks.size(), 1U);
  EXPECT_EQ(result.checks[0].name, "expect:throughput");
  EXPECT_EQ(result.checks[0].verdict, Verdict::fail);
  EXPECT_THAT(result.checks[0].because, HasSubstr("no metric throughput"));
}

TEST(Expectations, WhatCannotBeMeasuredHereIsInconclusive) {
  CaseResult result = with_metric(std::nullopt);
  add_expectations(result, expecting(1.7, {}));
  ASSERT_EQ(result.checks.size(), 1U);
  EXPECT_EQ(result.checks[0].verdict, Verdict::inconclusive);
  EXPECT_EQ(result.checks[0].compared, 0U);
  EXPECT_EQ(result.checks[0].because, "speedup cannot be measured here");
}

CheckResult check(const std::string& name, Verdict verdict, std::uint64_t compared = 1) {
  return {.name = name, .verdict = verdict, .compared = compared};
}

CaseResult concluded(std::vector<CheckResult> checks, const std::string& reason = "") {
  CaseResult result{.reason = reason, .checks = std::move(checks)};
  conclude(result);
  return result;
}

TEST(Conclude, PassesWhenAllChecksDo) {
  const CaseResult result = concluded({check("a", Verdict::pass), check("b", Verdict::pass)}, "a note");
  EXPECT_EQ(result.verdict, Verdict::pass);
  EXPECT_EQ(result.reason, "a note");
}

TEST(Conclude, AFailureOutweighsAnImplausibleNumber) {
  const CaseResult result =
      concluded({check("a", Verdict::fail), check("b", Verdict::invalid), check("c", Verdict::fail)}, "a note");
  EXPECT_EQ(result.verdict, Verdict::fail);
  EXPECT_EQ(result.reason, "failed: a, c; a note");
  EXPECT_EQ(concluded({check("a", Verdict::pass), check("b", Verdict::invalid)}).reason, "implausible: b");
  EXPECT_EQ(concluded({check("b", Verdict::invalid)}).verdict, Verdict::invalid);
}

TEST(Conclude, AnImplausibleNumberOutweighsOneThatIsNotThere) {
  EXPECT_EQ(concluded({check("a", Verdict::inconclusive), check("b", Verdict::invalid)}).verdict, Verdict::invalid);
  const CaseResult result = concluded({check("a", Verdict::pass), check("b", Verdict::inconclusive)});
  EXPECT_EQ(result.verdict, Verdict::inconclusive);
  EXPECT_EQ(result.reason, "inconclusive: b");
}

TEST(Conclude, ComparingNothingIsAFailure) {
  EXPECT_EQ(concluded({}).verdict, Verdict::fail);
  EXPECT_EQ(concluded({check("a", Verdict::pass, 0)}).reason, "no check compared anything");
}

}  // namespace
}  // namespace lockstep
