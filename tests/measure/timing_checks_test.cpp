// The checks on measured times, each with what it must accept and the faults that it must catch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "harness/measure/checks/timing.hpp"
#include "tests/measure/spans.hpp"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

/// Two ranks, two steps of 2 s, with a pause of 0.25 s on rank 1.
Block clean_block() {
  return {{{.spans = {span_of(0, Phase::forward, 0, 1), span_of(0, Phase::reduce, 1, 2),
                      span_of(1, Phase::forward, 2, 3), span_of(1, Phase::reduce, 3, 4)},
            .end = 4},
           {.spans = {span_of(0, Phase::forward, 0, 0.75), span_of(0, Phase::reduce, 1, 2),
                      span_of(1, Phase::forward, 2, 3), span_of(1, Phase::reduce, 3, 4)},
            .end = 4}},
          {},
          4.5,
          8};
}

CheckResult judge(const Block& block) { return check_breakdown({block}, breakdown({block})); }

TEST(BreakdownCheck, accepts_phases_and_idle_that_are_the_step) {
  const CheckResult result = judge(clean_block());
  EXPECT_EQ(result.verdict, Verdict::pass);
  EXPECT_EQ(result.worst, 0);
  EXPECT_EQ(result.compared, 4U) << "two ranks, two steps";
}

TEST(BreakdownCheck, finds_spans_that_overlap) {
  Block block = clean_block();
  block.ranks[0].spans[0].end = 1.5;  // forward goes on while the reduce has begun
  EXPECT_EQ(judge(block).verdict, Verdict::fail);
  EXPECT_DOUBLE_EQ(judge(block).worst.value(), 0.25 / 2);
}

TEST(BreakdownCheck, finds_a_span_inside_another) {
  Block block = clean_block();
  for (RankTimes& rank : block.ranks) {
    rank.spans.insert(rank.spans.begin() + 1, span_of(0, Phase::loss, 0.25, 0.5));
    rank.spans.insert(rank.spans.begin() + 4, span_of(1, Phase::loss, 2.25, 2.5));
  }
  EXPECT_EQ(judge(block).verdict, Verdict::fail);
}

TEST(BreakdownCheck, finds_a_step_that_lacks_a_span) {
  Block block = clean_block();
  block.ranks[1].spans.erase(block.ranks[1].spans.begin() + 2);
  const CheckResult result = judge(block);
  EXPECT_EQ(result.verdict, Verdict::fail);
  EXPECT_THAT(result.because, HasSubstr("rank 1 has 1 spans in step 1, not the 2 of its first step"));
}

TEST(BreakdownCheck, finds_a_gap_that_the_table_does_not_know) {
  Block with_gap = clean_block();
  with_gap.ranks[0].spans[0].end = 0.5;
  EXPECT_EQ(judge(with_gap).verdict, Verdict::pass) << "a gap that is called idle";
  const CheckResult result = check_breakdown({with_gap}, breakdown({clean_block()}));
  EXPECT_EQ(result.verdict, Verdict::fail);
  EXPECT_DOUBLE_EQ(result.worst.value(), 0.25 / 2);
}

TEST(BreakdownCheck, finds_a_phase_that_the_table_lost) {
  std::vector<PhaseTime> phases = breakdown({clean_block()});
  std::erase_if(phases, [](const PhaseTime& time) { return time.rank == 1 && time.phase == "forward"; });
  EXPECT_EQ(check_breakdown({clean_block()}, phases).verdict, Verdict::fail);
}

TEST(BreakdownCheck, allows_half_a_percent) {
  const auto judged_with = [](double extra) {
    std::vector<PhaseTime> phases = breakdown({clean_block()});
    phases.front().seconds += extra;
    return check_breakdown({clean_block()}, phases).verdict;
  };
  EXPECT_EQ(judged_with(0.009), Verdict::pass) << "of a step of 2 s";
  EXPECT_EQ(judged_with(0.011), Verdict::fail);
  EXPECT_EQ(judged_with(-0.011), Verdict::fail);
  EXPECT_EQ(judged_with(std::numeric_limits<double>::quiet_NaN()), Verdict::fail);
}

TEST(BreakdownCheck, leaves_ranks_out_that_sat_a_step_out) {
  Block block = clean_block();
  block.ranks.push_back({.spans = {span_of(0, Phase::forward, 0, 1)}, .end = 4});
  EXPECT_EQ(judge(block).verdict, Verdict::pass);
  EXPECT_EQ(judge(block).compared, 4U);
}

TEST(BreakdownCheck, of_nothing_fails) {
  EXPECT_EQ(check_breakdown({}, {}).verdict, Verdict::fail);
  EXPECT_EQ(check_breakdown({Block{{{.spans = {}, .end = 1}}}}, {}).verdict, Verdict::fail);
}

TEST(EfficiencyCheck, needs_more_than_noise_to_doubt) {
  EXPECT_EQ(check_efficiency({0.95, 1.05}, 7, 0.01).verdict, Verdict::pass);
  EXPECT_EQ(check_efficiency({1.02, 1.05}, 7, 0.01).verdict, Verdict::pass) << "within three times the noise";
  EXPECT_EQ(check_efficiency({1.04, 1.09}, 7, 0.01).verdict, Verdict::invalid);
  EXPECT_EQ(check_efficiency({1.04, 1.09}, 7, 0.05).verdict, Verdict::pass);
}

TEST(EfficiencyCheck, does_not_judge_what_it_has_no_noise_for) {
  EXPECT_EQ(check_efficiency({0.9, 0.9}, 1, std::nullopt).verdict, Verdict::pass);
  EXPECT_EQ(check_efficiency({1.1, 1.1}, 1, std::nullopt).verdict, Verdict::inconclusive);
}

TEST(WallTimeCheck, finds_work_that_does_not_fit_into_the_time) {
  Block block = clean_block();
  EXPECT_EQ(check_wall_time({block}).verdict, Verdict::pass);
  EXPECT_DOUBLE_EQ(check_wall_time({block}).worst.value(), 4 / 4.5);
  block.host_seconds = 3.9;  // the host saw less time than the spans of rank 0 last
  EXPECT_EQ(check_wall_time({block}).verdict, Verdict::invalid);
  EXPECT_EQ(check_wall_time({clean_block(), block}).verdict, Verdict::invalid) << "one of two blocks";
  EXPECT_EQ(check_wall_time({}).verdict, Verdict::fail) << "nothing was compared";
}

TEST(WallTimeCheck, looks_at_the_side_lane_too) {
  Block block = clean_block();
  block.ranks[1].spans.push_back(span_of(1, Phase::reduce, 0, 5, Lane::side));
  EXPECT_EQ(check_wall_time({block}).verdict, Verdict::invalid);
}

std::vector<Block> with_batch(std::size_t batch) {
  Block block = clean_block();
  block.batch = batch;
  return {block};
}

TEST(BatchCheck, wants_the_same_batch_on_both_sides) {
  const Scaling strong{.kind = Scaling::Kind::strong, .devices = 2, .global_batch = 8};
  EXPECT_EQ(check_batch(strong, with_batch(8), with_batch(8)).verdict, Verdict::pass);
  EXPECT_EQ(check_batch(strong, with_batch(16), with_batch(8)).verdict, Verdict::invalid);
  const Scaling weak{.kind = Scaling::Kind::weak, .devices = 2, .global_batch = 16};
  EXPECT_EQ(check_batch(weak, with_batch(16), with_batch(8)).verdict, Verdict::pass);
  EXPECT_EQ(check_batch(weak, with_batch(8), with_batch(8)).verdict, Verdict::invalid);
}

TEST(ArithmeticCheck, finds_more_than_the_machine_can_do) {
  // 4 GFLOP in 0.1 s are 40 GFLOP/s; two devices of 25 can do 50.
  const Arithmetic arithmetic{.flops = 4e9, .product_rate = 25e9};
  EXPECT_EQ(check_arithmetic(arithmetic, 0.1, 2).verdict, Verdict::pass);
  EXPECT_DOUBLE_EQ(check_arithmetic(arithmetic, 0.1, 2).worst.value(), 0.8);
  EXPECT_EQ(check_arithmetic(arithmetic, 0.05, 2).verdict, Verdict::invalid);
  EXPECT_EQ(check_arithmetic(arithmetic, 0.1, 1).verdict, Verdict::invalid);
}

}  // namespace
}  // namespace lockstep
