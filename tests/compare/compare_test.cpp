#include "harness/compare/compare.hpp"

#include <gmock/gmock.h>

#include <functional>

#include "harness/base/error.hpp"
#include "tests/compare/results.hpp"

namespace lockstep {
namespace {

using testing::HasSubstr;

constexpr double quiet = 0.005;

std::vector<double> before() { return noisy_blocks(0.1, quiet, 12, 1); }
std::vector<double> as_before() { return noisy_blocks(0.1, quiet, 12, 2); }
std::vector<double> slower() { return noisy_blocks(0.11, quiet, 12, 3); }

Json baseline() { return result_json("base", {timed_case_json("one", before())}); }
Json same() { return result_json("same", {timed_case_json("one", as_before())}); }
Json regressed() { return result_json("slow", {timed_case_json("one", slower())}); }

Comparison between(const Json& a, const Json& b, const CompareOptions& options = {}) {
  return compare(side_of({a}), side_of({b}), options);
}

/// The candidate after a change to its first case.
Json changed(const std::function<void(Json& one)>& change) {
  Json result = same();
  change(result["cases"][0]);
  return result;
}

void expect_invalid(const Json& candidate, const std::string& why) {
  const Comparison comparison = between(baseline(), candidate);
  EXPECT_EQ(comparison.cases[0].verdict, Verdict::invalid) << why;
  EXPECT_THAT(comparison.cases[0].reason, HasSubstr(why));
  EXPECT_EQ(comparison.exit_code, ExitCode::inconclusive) << why;
  EXPECT_TRUE(comparison.cases[0].metrics.empty()) << why;
}

TEST(Compare, passes_when_nothing_changed) {
  const Comparison comparison = between(baseline(), same());
  EXPECT_EQ(comparison.cases[0].verdict, Verdict::same);
  EXPECT_EQ(comparison.exit_code, ExitCode::passed);
  EXPECT_EQ(comparison.compared, 1U);
  EXPECT_EQ(comparison.conclusion, "1 case: 1 SAME; 1 metric judged");
}

TEST(Compare, a_planted_slow_down_fails) {
  const Comparison comparison = between(baseline(), regressed());
  EXPECT_EQ(comparison.cases[0].verdict, Verdict::regressed);
  EXPECT_EQ(comparison.exit_code, ExitCode::failed);
  EXPECT_THAT(comparison.cases[0].reason, HasSubstr("step_time"));
}

TEST(Compare, the_worst_metric_of_a_case_decides) {
  const auto result = [](const std::string& id, const std::vector<double>& step_time) {
    return result_json(id, {case_json("one", {exact_metric_json("checkpoint_size", "B", "lower", 100),
                                              metric_json("step_time", "s", "lower", step_time),
                                              exact_metric_json("wire_bytes", "B", "lower", 8)})});
  };
  const Comparison comparison = between(result("a", before()), result("b", slower()));
  EXPECT_EQ(comparison.cases[0].verdict, Verdict::regressed);
  EXPECT_THAT(comparison.cases[0].reason, testing::StartsWith("step_time: "));
  EXPECT_EQ(comparison.compared, 3U);
}

TEST(Compare, a_gain_passes_unless_it_was_asked_for) {
  EXPECT_EQ(between(regressed(), same()).exit_code, ExitCode::passed);
  CompareOptions options;
  options.fail_on.insert(Verdict::improved);
  EXPECT_EQ(between(regressed(), same(), options).exit_code, ExitCode::inconclusive);
}

TEST(Compare, a_wrong_candidate_fails_whatever_its_speed) {
  const Json wrong = changed([](Json& one) {
    one["verdict"] = "FAIL";
    one["reason"] = "replicas differ";
    one["checks"][0]["verdict"] = "FAIL";
  });
  const Comparison comparison = between(baseline(), wrong);
  EXPECT_EQ(comparison.cases[0].verdict, Verdict::fail);
  EXPECT_THAT(comparison.cases[0].reason, HasSubstr("replicas differ"));
  EXPECT_EQ(comparison.exit_code, ExitCode::failed);
}

TEST(Compare, an_error_of_the_candidate_is_one) {
  EXPECT_EQ(between(baseline(), changed([](Json& one) { one["verdict"] = "ERROR"; })).exit_code, ExitCode::runtime);
}

TEST(Compare, a_doubtful_baseline_judges_nothing) {
  Json doubtful = baseline();
  doubtful["cases"][0]["verdict"] = "INVALID";
  EXPECT_EQ(between(doubtful, same()).cases[0].verdict, Verdict::invalid);
}

TEST(Compare, E89_only_like_is_compared_with_like) {
  expect_invalid(changed([](Json& one) { one["scenario_hash"] = "ffffffffffffffff"; }), "another scenario");
  expect_invalid(changed([](Json& one) { one["tier"] = "simulated"; }), "tier cpu and simulated");
  expect_invalid(changed([](Json& one) { one["precision"] = "bf16"; }), "precision f32 and bf16");
  expect_invalid(changed([](Json& one) { one["devices"] = 4; }), "devices 2 and 4");
  expect_invalid(changed([](Json& one) { one["global_batch"] = 256; }), "global batch 128 and 256");
  Json debug = same();
  debug["tool"]["build_type"] = "Debug";
  expect_invalid(debug, "tool.build_type Release and Debug");
}

TEST(Compare, emulated_times_are_never_compared) {
  Json before = baseline(), after = same();
  before["cases"][0]["tier"] = after["cases"][0]["tier"] = "emulated";
  const Comparison comparison = between(before, after);
  EXPECT_EQ(comparison.cases[0].verdict, Verdict::invalid);
  EXPECT_EQ(comparison.exit_code, ExitCode::inconclusive);
}

TEST(Compare, another_driver_is_blamed_not_forbidden) {
  Json after = regressed();
  after["environment"]["software"]["driver"] = "550";
  const Comparison comparison = between(baseline(), after);
  EXPECT_EQ(comparison.cases[0].verdict, Verdict::regressed);
  EXPECT_EQ(comparison.differences[0].what, "environment.software.driver");
}

TEST(Compare, a_case_that_is_gone_is_missing) {
  const Json two = result_json("two", {timed_case_json("one", before()), timed_case_json("other", before())});
  const Comparison comparison = between(two, same());
  EXPECT_EQ(comparison.cases[1].verdict, Verdict::missing);
  EXPECT_EQ(comparison.exit_code, ExitCode::inconclusive);
}

TEST(Compare, E93_a_check_that_is_gone_is_missing) {
  Json before = baseline();
  Json check = before["cases"][0]["checks"][0];
  check["name"] = "reduction";
  before["cases"][0]["checks"].push_back(check);
  const Comparison comparison = between(before, same());
  EXPECT_EQ(comparison.cases[0].verdict, Verdict::missing);
  EXPECT_THAT(comparison.cases[0].reason, HasSubstr("lacks the check reduction"));
}

TEST(Compare, a_new_case_says_so_and_judges_nothing) {
  Json more = same();
  more["cases"].push_back(timed_case_json("new", before()));
  more["cases"][1]["scenario_hash"] = "aaaaaaaaaaaaaaaa";
  const Comparison comparison = between(baseline(), more);
  EXPECT_EQ(comparison.cases[1].verdict, Verdict::skipped);
  EXPECT_EQ(comparison.exit_code, ExitCode::passed);
}

TEST(Compare, a_renamed_case_is_found_by_its_hash) {
  const Comparison comparison = between(baseline(), changed([](Json& one) { one["name"] = "renamed"; }));
  ASSERT_EQ(comparison.cases.size(), 1U);
  EXPECT_EQ(comparison.cases[0].verdict, Verdict::same);
}

TEST(Compare, never_passes_because_nothing_was_compared) {
  const auto unmeasured = [](Json result) {
    Json& metric = result["cases"][0]["metrics"][0];
    metric["value"] = nullptr;
    metric.erase("blocks");
    return result;
  };
  const Comparison comparison = between(unmeasured(baseline()), unmeasured(same()));
  EXPECT_EQ(comparison.cases[0].verdict, Verdict::skipped);
  EXPECT_EQ(comparison.exit_code, ExitCode::nothing_ran);
  EXPECT_THAT(comparison.conclusion, HasSubstr("nothing was compared"));
  // That memory is the same does not make up for times that nobody took.
  const auto with_memory = [](Json result) {
    result["cases"][0]["metrics"].push_back(exact_metric_json("checkpoint_size", "B", "lower", 100));
    return result;
  };
  const Comparison memory_only = between(with_memory(unmeasured(baseline())), with_memory(unmeasured(same())));
  EXPECT_EQ(memory_only.compared, 1U);
  EXPECT_EQ(memory_only.exit_code, ExitCode::nothing_ran);
  EXPECT_EQ(memory_only.cases[0].metrics[0].verdict, Verdict::skipped);
  EXPECT_EQ(between(with_memory(baseline()), with_memory(same())).exit_code, ExitCode::passed);
  // Only one side has no value: the measurement got lost.
  EXPECT_EQ(between(baseline(), unmeasured(same())).cases[0].verdict, Verdict::missing);

  const Json other = changed([](Json& one) {
    one["name"] = "other";
    one["scenario_hash"] = "aaaaaaaaaaaaaaaa";
  });
  CompareOptions lenient;
  lenient.fail_on = {Verdict::regressed};
  EXPECT_EQ(between(baseline(), other, lenient).exit_code, ExitCode::nothing_ran);
  EXPECT_EQ(between(result_json("a", {}), result_json("b", {}), lenient).exit_code, ExitCode::nothing_ran);
}

TEST(Compare, cases_without_metrics_are_compared_by_their_checks) {
  const Comparison comparison =
      between(result_json("a", {case_json("exact", {})}), result_json("b", {case_json("exact", {})}));
  EXPECT_EQ(comparison.cases[0].verdict, Verdict::same);
  EXPECT_EQ(comparison.exit_code, ExitCode::passed);
}

TEST(Compare, results_without_blocks_are_inconclusive) {
  const auto without_blocks = [](Json result) {
    result["cases"][0]["metrics"][0].erase("blocks");
    return result;
  };
  const Comparison comparison = between(without_blocks(baseline()), without_blocks(same()));
  EXPECT_EQ(comparison.cases[0].verdict, Verdict::inconclusive);
  EXPECT_EQ(comparison.exit_code, ExitCode::inconclusive);
}

TEST(Compare, E90_impossible_speed_ups_are_invalid) {
  const auto with_speedup = [](const std::string& id, double value, std::uint64_t seed) {
    return result_json(
        id, {case_json("one", {metric_json("speedup", "1", "higher", noisy_blocks(value, quiet, 12, seed))})});
  };
  EXPECT_EQ(between(with_speedup("a", 1.9, 1), with_speedup("b", 1.9, 2)).cases[0].verdict, Verdict::same);
  const Comparison comparison = between(with_speedup("a", 1.9, 1), with_speedup("b", 2.6, 2));
  EXPECT_EQ(comparison.cases[0].verdict, Verdict::invalid);
  EXPECT_THAT(comparison.cases[0].reason, HasSubstr("implausible"));
}

TEST(Compare, E87_a_run_is_not_compared_with_itself) {
  EXPECT_THROW(between(baseline(), baseline()), InputError);
  Json copy = same();
  copy["run"]["id"] = "base";
  EXPECT_THROW(between(baseline(), copy), InputError);
  Json without_id = baseline();
  without_id["run"].erase("id");
  EXPECT_THROW(between(without_id, without_id), InputError);
  EXPECT_THROW(compare(side_of({baseline(), baseline()}), side_of({same()}), {}), InputError);
}

std::vector<Json> runs(const std::string& side, double center, std::size_t count, std::uint64_t seed) {
  std::vector<Json> results;
  const std::vector<double> medians = noisy_blocks(center, 0.004, count, seed);
  for (std::size_t run = 0; run < count; ++run)
    results.push_back(result_json(side + std::to_string(run),
                                  {timed_case_json("one", {medians[run] * 0.99, medians[run], medians[run] * 1.01})}));
  return results;
}

TEST(Compare, several_runs_a_side_are_judged_by_run) {
  const Comparison comparison = compare(side_of(runs("a", 1, 6, 1)), side_of(runs("b", 1.1, 6, 2)), {});
  EXPECT_EQ(comparison.cases[0].verdict, Verdict::regressed);
  EXPECT_EQ(comparison.cases[0].metrics[0].unit_of_sample, "run");
  const Comparison few = compare(side_of(runs("a", 1, 2, 1)), side_of(runs("b", 1.1, 2, 2)), {});
  EXPECT_EQ(few.cases[0].verdict, Verdict::inconclusive);
}

TEST(Compare, a_case_that_some_runs_lack_is_not_judged) {
  std::vector<Json> some = runs("b", 1, 6, 2);
  some[3]["cases"] = Json::array();
  EXPECT_EQ(compare(side_of(runs("a", 1, 6, 1)), side_of(some), {}).cases[0].verdict, Verdict::missing);
  EXPECT_EQ(compare(side_of(some), side_of(runs("a", 1, 6, 1)), {}).cases[0].verdict, Verdict::invalid);
}

TEST(Compare, a_significance_that_many_metrics_would_show_by_chance_does_not_count) {
  const auto result = [](const std::string& id, double last, std::uint64_t seed) {
    std::vector<Json> cases{timed_case_json("slow", noisy_blocks(last, 0.002, 5, seed))};
    for (std::uint64_t i = 1; i <= 40; ++i)
      cases.push_back(timed_case_json("case" + std::to_string(i), noisy_blocks(1, 0.002, 5, 100 * seed + i)));
    return result_json(id, cases);
  };
  const Json before = result("a", 1, 1), after = result("b", 1.2, 2);
  EXPECT_EQ(between(before, after).cases[0].verdict, Verdict::inconclusive);
  CompareOptions alone;
  alone.only = {{"slow", "step_time"}};
  EXPECT_EQ(between(before, after, alone).cases[0].verdict, Verdict::regressed);
}

TEST(Compare, many_equal_metrics_raise_at_most_the_stated_share_of_false_alarms) {
  int alarms = 0;
  constexpr int trials = 100;
  for (std::uint64_t trial = 0; trial < trials; ++trial) {
    std::vector<Json> a, b;
    for (std::uint64_t i = 0; i < 20; ++i) {
      const std::string name = "case" + std::to_string(i);
      a.push_back(timed_case_json(name, noisy_blocks(1, 0.02, 12, 40 * trial + 2 * i)));
      b.push_back(timed_case_json(name, noisy_blocks(1, 0.02, 12, 40 * trial + 2 * i + 1)));
    }
    alarms += between(result_json("a", a), result_json("b", b)).exit_code == ExitCode::failed;
  }
  EXPECT_LE(alarms, 1);
}

}  // namespace
}  // namespace lockstep
