// A survivor must be seen, whatever kept it alive.
#include "harness/faults/score.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/doubles/small_subject.hpp"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

TriedFault tried(CheckNames expected) { return {.id = "a_fault", .expected = std::move(expected)}; }

TEST(Judged, needs_every_check_that_must_see_it) {
  EXPECT_EQ(judged(tried({"a", "b"}), {.failed = {"a", "b", "c"}, .fired = 1, .changed = 1}).verdict,
            FaultVerdict::caught);
  const TriedFault missed = judged(tried({"a", "b"}), {.failed = {"a"}, .fired = 1, .changed = 1});
  EXPECT_EQ(missed.verdict, FaultVerdict::missed);
  EXPECT_THAT(missed.reason, HasSubstr("not seen by b"));
  EXPECT_EQ(judged(tried({"a"}), {.failed = {}, .fired = 1, .changed = 1}).verdict, FaultVerdict::missed);
}

TEST(Judged, a_fault_that_never_acted_is_not_caught) {
  EXPECT_EQ(judged(tried({"a"}), {.failed = {"a"}, .fired = 0}).verdict, FaultVerdict::not_fired);
}

TEST(Judged, a_fault_that_changed_nothing_is_none_there) {
  const TriedFault none = judged(tried({"a"}), {.failed = {}, .fired = 3, .changed = 0});
  EXPECT_EQ(none.verdict, FaultVerdict::not_applicable);
  EXPECT_EQ(none.expected, CheckNames{});
}

TEST(FaultsCaught, fails_for_one_survivor_and_names_it) {
  TriedFault good = tried({"a"});
  good.verdict = FaultVerdict::caught;
  TriedFault bad = tried({"a"});
  bad.verdict = FaultVerdict::missed;
  TriedFault silent = tried({"a"});
  silent.verdict = FaultVerdict::not_fired;
  EXPECT_EQ(check_faults({good}).verdict, Verdict::pass);
  EXPECT_EQ(check_faults({good, bad}).verdict, Verdict::fail);
  EXPECT_EQ(check_faults({good, silent}).verdict, Verdict::fail);
  EXPECT_THAT(check_faults({good, bad}).because, HasSubstr("a_fault"));
  EXPECT_EQ(metrics_of(std::vector{good, bad})[2].value, 0.5);
}

TEST(FaultsCaught, fails_when_none_applies) {
  EXPECT_EQ(check_faults({}).verdict, Verdict::fail);
  EXPECT_EQ(check_faults({tried({})}).verdict, Verdict::fail);
  EXPECT_EQ(metrics_of(std::vector{tried({})}).size(), 2U) << "no score of nothing";
}

TEST(FalseAlarms, fails_for_one_and_for_no_run) {
  EXPECT_EQ(check_correct_runs({.runs = 3}).verdict, Verdict::pass);
  EXPECT_EQ(check_correct_runs({.runs = 3, .alarms = {"exact: …"}}).verdict, Verdict::fail);
  EXPECT_EQ(check_correct_runs({.runs = 0}).verdict, Verdict::fail);
}

// A check that sees nothing, in a training that is planted with all there is, lets faults survive.
TEST(TryFault, a_blind_judge_catches_nothing) {
  const SmallSubject small = make_subject(Data::exact, 16);
  FaultSubject blind = for_faults(small, "ddp", 2);
  blind.judge = [](const Recording&) { return std::vector<CheckResult>{judged("exact", 1, 0, 0, "")}; };
  Fault fault{.id = "contribution_dropped",
              .strategies = {"ddp"},
              .in_communication = Plant{{{Collective::all_reduce}, {1}}, damaged_contribution(zero_all)}};
  const TrialOutcome outcome = try_fault(fault, blind);
  EXPECT_GT(outcome.fired, 0);
  EXPECT_EQ(judged(tried({"exact"}), outcome).verdict, FaultVerdict::missed);
  EXPECT_EQ(judged(tried({"exact"}), try_fault(fault, for_faults(small, "ddp", 2))).verdict, FaultVerdict::caught);
}

}  // namespace
}  // namespace lockstep
