#include "harness/compare/judge.hpp"

#include <gmock/gmock.h>

#include "harness/base/error.hpp"
#include "harness/base/random.hpp"
#include "tests/compare/results.hpp"

namespace lockstep {
namespace {

using testing::HasSubstr;

constexpr double alpha = 0.01;
constexpr double threshold = 0.03;

RecordedMetric metric_of(std::vector<double> blocks, Better better = Better::lower) {
  return {.name = "step_time",
          .unit = better == Better::lower ? "s" : "1",
          .better = better,
          .value = median(blocks),
          .low = {},
          .high = {},
          .blocks = std::move(blocks),
          .definition = {}};
}

/// As if it were the only metric.
ComparedMetric judged(const RecordedMetric& baseline, const RecordedMetric& candidate) {
  Judge judge{alpha, Design::independent};
  ComparedMetric metric = judge.measure({&baseline}, {&candidate}, threshold);
  if (!metric.p) return metric;
  metric.q = metric.p;
  judge.decide(metric);
  return metric;
}

ComparedMetric judged(const std::vector<double>& baseline, const std::vector<double>& candidate) {
  return judged(metric_of(baseline), metric_of(candidate));
}

TEST(Judge, finds_a_planted_slow_down_and_a_gain) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto before = noisy_blocks(0.1, 0.01, 14, 2 * seed);
    const auto slower = noisy_blocks(0.105, 0.01, 14, 2 * seed + 1);
    EXPECT_EQ(judged(before, slower).verdict, Verdict::regressed) << seed;
    EXPECT_EQ(judged(slower, before).verdict, Verdict::improved) << seed;
    EXPECT_EQ(judged(metric_of(before, Better::higher), metric_of(slower, Better::higher)).verdict, Verdict::improved);
    EXPECT_EQ(judged(metric_of(slower, Better::higher), metric_of(before, Better::higher)).verdict, Verdict::regressed);
  }
}

TEST(Judge, calls_equal_sides_the_same) {
  int same = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const ComparedMetric metric =
        judged(noisy_blocks(0.1, 0.01, 14, 2 * seed), noisy_blocks(0.1, 0.01, 14, 2 * seed + 1));
    EXPECT_NE(metric.verdict, Verdict::regressed) << seed;
    EXPECT_NE(metric.verdict, Verdict::improved) << seed;
    same += metric.verdict == Verdict::same;
  }
  EXPECT_GE(same, 190);
}

TEST(Judge, raises_no_more_false_alarms_than_it_says_even_in_much_noise) {
  int alarms = 0;
  constexpr int trials = 2000;
  for (std::uint64_t seed = 0; seed < trials; ++seed) {
    const Verdict verdict =
        judged(noisy_blocks(0.1, 0.1, 12, 2 * seed), noisy_blocks(0.1, 0.1, 12, 2 * seed + 1)).verdict;
    EXPECT_NE(verdict, Verdict::same);  // with 10 % of scatter nobody can know
    alarms += verdict == Verdict::regressed || verdict == Verdict::improved;
  }
  EXPECT_LE(alarms, trials * alpha);
}

TEST(Judge, an_effect_below_the_threshold_is_no_regression) {
  // Two percent, measured precisely: significant, but nobody asked for it.
  const ComparedMetric metric = judged(noisy_blocks(0.1, 0.002, 20, 1), noisy_blocks(0.102, 0.002, 20, 2));
  EXPECT_LT(*metric.p, 1e-6);
  EXPECT_EQ(metric.verdict, Verdict::same);
}

TEST(Judge, few_blocks_never_pass) {
  for (const std::size_t count : {1U, 2U, 3U, 4U}) {
    const ComparedMetric metric = judged(noisy_blocks(1, 0.001, count, 1), noisy_blocks(1, 0.001, count, 2));
    EXPECT_EQ(metric.verdict, Verdict::inconclusive) << count;
    EXPECT_THAT(metric.reason, HasSubstr("cannot show any effect")) << count;
    EXPECT_THAT(metric.reason, HasSubstr("it takes 5 of each")) << count;
  }
  EXPECT_EQ(judged(noisy_blocks(1, 0.001, 5, 1), noisy_blocks(1, 0.001, 5, 2)).verdict, Verdict::same);
}

TEST(Judge, refuses_a_threshold_under_the_noise_floor_and_says_what_it_takes) {
  const ComparedMetric metric = judged(noisy_blocks(1, 0.05, 16, 1), noisy_blocks(1.01, 0.05, 16, 2));
  EXPECT_EQ(metric.verdict, Verdict::inconclusive);
  EXPECT_GT(*metric.noise_floor, threshold);
  EXPECT_THAT(metric.reason,
              testing::ContainsRegex("under the noise floor of .* %: it would take about [0-9]+ blocks"));
}

TEST(Judge, an_effect_far_above_the_noise_floor_is_found_all_the_same) {
  EXPECT_EQ(judged(noisy_blocks(1, 0.05, 16, 1), noisy_blocks(1.5, 0.05, 16, 2)).verdict, Verdict::regressed);
}

TEST(Judge, drift_is_no_effect) {
  // Both sides get slower while they are measured, the second one later.
  std::vector<double> before, after;
  for (int i = 0; i < 12; ++i) before.push_back(1 + 0.01 * i), after.push_back(1.06 + 0.01 * i);
  EXPECT_EQ(judged(before, after).verdict, Verdict::inconclusive);
}

TEST(Judge, E88_numbers_that_repeat_to_the_last_digit_were_not_measured) {
  const ComparedMetric metric = judged({0.1, 0.1, 0.1, 0.1, 0.1}, noisy_blocks(0.1, 0.01, 5, 1));
  EXPECT_EQ(metric.verdict, Verdict::invalid);
  EXPECT_THAT(metric.reason, HasSubstr("to the last digit"));
}

TEST(Judge, says_what_effect_could_have_been_seen) {
  // 3 % off: neither within the threshold nor beyond it.
  const ComparedMetric metric = judged(noisy_blocks(1, 0.01, 14, 1), noisy_blocks(1.028, 0.01, 14, 2));
  EXPECT_EQ(metric.verdict, Verdict::inconclusive);
  EXPECT_THAT(metric.reason, testing::ContainsRegex("an effect of [0-9.]+ % could have been seen"));
  EXPECT_GT(*metric.detectable, 0.005);
  EXPECT_LT(*metric.detectable, 0.03);
}

TEST(Judge, many_metrics_ask_for_more_evidence) {
  Judge judge{alpha, Design::independent};
  const RecordedMetric before = metric_of(noisy_blocks(1, 0.002, 5, 1)),
                       after = metric_of(noisy_blocks(1.2, 0.002, 5, 2));
  ComparedMetric metric = judge.measure({&before}, {&after}, threshold);
  EXPECT_LT(*metric.p, alpha);
  metric.q = 100 * *metric.p;
  judge.decide(metric);
  EXPECT_EQ(metric.verdict, Verdict::inconclusive);
  EXPECT_THAT(metric.reason, HasSubstr("does not count among so many metrics"));
}

TEST(Judge, E94_units_must_agree) {
  RecordedMetric other = metric_of({1, 2, 3});
  other.unit = "B";
  const ComparedMetric metric = judged(metric_of({1, 2, 3}), other);
  EXPECT_EQ(metric.verdict, Verdict::invalid);
  EXPECT_EQ(metric.reason, "in s and in B");
}

TEST(Judge, a_metric_that_is_gone_is_missing) {
  const RecordedMetric before = metric_of({1, 2, 3});
  Judge judge{alpha, Design::independent};
  EXPECT_EQ(judge.measure({&before}, {}, threshold).verdict, Verdict::missing);
  RecordedMetric empty = metric_of({1, 2, 3});
  empty.value = std::nullopt;
  empty.blocks.clear();
  EXPECT_EQ(judge.measure({&before}, {&empty}, threshold).verdict, Verdict::missing);
  EXPECT_EQ(judge.measure({&empty}, {&before}, threshold).verdict, Verdict::invalid);
}

TEST(Judge, exact_metrics_need_no_statistics) {
  const auto exact = [](double value, Better better) {
    RecordedMetric metric = metric_of({value}, better);
    metric.blocks.clear();
    metric.exact = true;
    return metric;
  };
  const auto verdict = [&](double before, double after, Better better) {
    return judged(exact(before, better), exact(after, better)).verdict;
  };
  EXPECT_EQ(verdict(1000, 1000, Better::lower), Verdict::same);
  EXPECT_EQ(verdict(1000, 1031, Better::lower), Verdict::regressed);
  EXPECT_EQ(verdict(1000, 960, Better::lower), Verdict::improved);
  EXPECT_EQ(verdict(1000, 960, Better::higher), Verdict::regressed);
  EXPECT_EQ(verdict(1000, 1020, Better::lower), Verdict::same);
  // Where no batch fits there is no ratio, but a change is one.
  EXPECT_EQ(verdict(0, 0, Better::higher), Verdict::same);
  EXPECT_EQ(verdict(0, 8, Better::higher), Verdict::improved);
  EXPECT_EQ(verdict(8, 0, Better::higher), Verdict::regressed);
  EXPECT_EQ(verdict(0, 8, Better::lower), Verdict::regressed);
}

TEST(Judge, ratios_need_values_above_zero) {
  EXPECT_EQ(judged(metric_of({-0.1, 0.1, 0.2}, Better::higher), metric_of({0.1, 0.1, 0.2}, Better::higher)).verdict,
            Verdict::invalid);
}

/// Runs of a side, one value each.
std::vector<RecordedMetric> runs_with(const std::vector<double>& values) {
  std::vector<RecordedMetric> runs;
  for (const double value : values) runs.push_back(metric_of({value}));
  return runs;
}

ComparedMetric judged_runs(Design design, const std::vector<double>& baseline, const std::vector<double>& candidate) {
  const auto before = runs_with(baseline), after = runs_with(candidate);
  RunsOfMetric a, b;
  for (const RecordedMetric& run : before) a.push_back(&run);
  for (const RecordedMetric& run : after) b.push_back(&run);
  Judge judge{alpha, design};
  ComparedMetric metric = judge.measure(a, b, threshold);
  metric.q = metric.p;
  judge.decide(metric);
  return metric;
}

TEST(Judge, several_runs_are_the_sample_not_their_blocks) {
  const ComparedMetric metric =
      judged_runs(Design::independent, noisy_blocks(1, 0.005, 8, 1), noisy_blocks(1.1, 0.005, 8, 2));
  EXPECT_EQ(metric.verdict, Verdict::regressed);
  EXPECT_EQ(metric.unit_of_sample, "run");
  EXPECT_EQ(metric.baseline_units, 8U);
}

/// Times of runs in turn on a machine whose speed wanders by a tenth.
struct Wandering {
  std::vector<double> baseline, candidate;
  Wandering(double slower, std::uint64_t seed) {
    const RandomStream random{seed, 7};
    double speed = 1;
    for (std::size_t pair = 0; pair < 10; ++pair) {
      speed *= 1 + 0.05 * random.normal(3 * pair);
      baseline.push_back(speed * (1 + 0.004 * random.normal(3 * pair + 1)));
      candidate.push_back(slower * speed * (1 + 0.004 * random.normal(3 * pair + 2)));
    }
  }
};

TEST(Judge, pairs_see_through_a_machine_that_wanders) {
  int apart = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Wandering planted{1.05, seed};
    const ComparedMetric metric = judged_runs(Design::paired, planted.baseline, planted.candidate);
    EXPECT_GT(*metric.low, 1.03) << seed;
    apart += judged_runs(Design::independent, planted.baseline, planted.candidate).verdict == Verdict::regressed;
  }
  EXPECT_LE(apart, 4);  // taken as independent, the same values show hardly anything
}

TEST(Judge, pairs_on_a_machine_that_drifts_by_more_than_they_differ_say_nothing) {
  // Five percent slower from pair to pair, as neighbours of the same side show; the candidate by four more.
  std::vector<double> baseline, candidate;
  double speed = 1;
  for (int pair = 0; pair < 12; ++pair, speed *= 1.05) {
    baseline.push_back(speed * (1 + 1e-4 * pair));
    candidate.push_back(1.04 * speed);
  }
  const ComparedMetric metric = judged_runs(Design::paired, baseline, candidate);
  EXPECT_EQ(metric.verdict, Verdict::inconclusive);
  EXPECT_THAT(metric.reason, HasSubstr("under the noise floor of 5.01 %"));
}

TEST(Judge, pairs_of_different_length_are_a_bug) {
  EXPECT_THROW(judged_runs(Design::paired, {1, 2, 3}, {1, 2}), InternalError);
}

}  // namespace
}  // namespace lockstep
