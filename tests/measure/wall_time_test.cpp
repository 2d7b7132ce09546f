// On spans whose sums are known: times are binary fractions, so that they are exact.
#include "harness/measure/wall_time.hpp"

#include <gtest/gtest.h>

#include "harness/device/cpu/cpu_world.hpp"
#include "harness/measure/trainer.hpp"
#include "tests/doubles/slow_device.hpp"
#include "tests/doubles/trainings.hpp"
#include "tests/measure/spans.hpp"

namespace lockstep {
namespace {

double in_phase(const WallTime& time, Phase phase) { return time.by_phase[static_cast<std::size_t>(phase)]; }
bool is_serial(const WallTime& time, Phase phase) { return time.is_serial[static_cast<std::size_t>(phase)]; }

TEST(WallTime, of_one_device_is_computation_and_gaps) {
  const Block block{{{.spans = {span_of(0, Phase::forward, 0, 1), span_of(0, Phase::backward, 1.5, 3),
                                span_of(1, Phase::forward, 3, 4)},
                      .end = 4.5}}};
  const WallTime time = wall_time({block});
  EXPECT_EQ(time.computing, 3.5 / 2);
  EXPECT_EQ(time.idle, 1.0 / 2) << "half a second within the first step and half a second after the last";
  EXPECT_EQ(time.step(), 4.5 / 2);
  EXPECT_EQ(time.mean_computing(), time.computing);
  EXPECT_EQ(in_phase(time, Phase::forward), 2.0 / 2);
  EXPECT_EQ(time.serial, 0) << "on one device nothing is serial";
  EXPECT_EQ(time.device0_alone, 0);
}

// Rank 0 loads and scatters; both compute, rank 1 longer; rank 0 updates while rank 1 waits in the next scatter.
//   rank 0: batch 0–1, scatter 1–2, forward 2–4, reduce 4–7,          update 7–9
//   rank 1:            scatter 0–2, forward 2–6, reduce 6–7, scatter 7–9
Block dp_block() {
  return {
      {{.spans = {span_of(0, Phase::batch, 0, 1), span_of(0, Phase::scatter, 1, 2), span_of(0, Phase::forward, 2, 4),
                  span_of(0, Phase::reduce, 4, 7), span_of(0, Phase::update, 7, 9)},
        .end = 9},
       {.spans = {span_of(0, Phase::scatter, 0, 2), span_of(0, Phase::forward, 2, 6), span_of(0, Phase::reduce, 6, 7)},
        .end = 9}}};
}

TEST(WallTime, every_instant_is_accounted_for_once) {
  const WallTime time = wall_time({dp_block()});
  EXPECT_EQ(time.serial, 1 + 2) << "batch and update";
  EXPECT_EQ(time.computing, 4) << "from 2 to 6";
  EXPECT_EQ(time.communicating, 1 + 1) << "the scatter and the reduce, once both are there";
  EXPECT_EQ(time.idle, 0);
  EXPECT_EQ(time.step(), 9);
}

TEST(WallTime, serial_phases_are_those_that_only_device_0_has) {
  const WallTime time = wall_time({dp_block()});
  EXPECT_TRUE(is_serial(time, Phase::batch));
  EXPECT_TRUE(is_serial(time, Phase::update));
  EXPECT_FALSE(is_serial(time, Phase::forward));
  EXPECT_FALSE(is_serial(time, Phase::scatter)) << "a collective is no computation";
  EXPECT_EQ(in_phase(time, Phase::update), 2);
}

TEST(WallTime, device_0_is_alone_while_the_others_wait_or_are_idle) {
  EXPECT_EQ(wall_time({dp_block()}).device0_alone, 1 + 2) << "batch, update";
  Block late = dp_block();
  // Now rank 0's forward is the longer one, by 1.
  late.ranks[0].spans[2].end = 7;
  late.ranks[0].spans[3] = span_of(0, Phase::reduce, 7, 8);
  late.ranks[0].spans[4] = span_of(0, Phase::update, 8, 9);
  late.ranks[1].spans[2].end = 8;
  EXPECT_EQ(wall_time({late}).device0_alone, 1 + 1 + 1) << "batch, the rest of its forward, update";
}

TEST(WallTime, knows_who_holds_the_others_up) {
  const WallTime time = wall_time({dp_block()});
  EXPECT_EQ(time.mean_computing(), (2.0 + 4.0) / 2);
  ASSERT_EQ(time.holding_up.size(), 2U);
  EXPECT_EQ(time.holding_up[0], 0);
  EXPECT_EQ(time.holding_up[1], 2) << "rank 0 waits in the reduce from 4 to 6";
}

// ddp: the all-reduce runs beside the computation; what sticks out is the wait at the end.
TEST(WallTime, communication_beside_computation_is_exposed_where_all_wait) {
  const Block block{{{.spans = {span_of(0, Phase::backward, 0, 4), span_of(0, Phase::reduce, 1, 6, Lane::side),
                                span_of(0, Phase::wait, 4, 6), span_of(0, Phase::update, 6, 7)},
                      .end = 7},
                     {.spans = {span_of(0, Phase::backward, 0, 5), span_of(0, Phase::reduce, 2, 6, Lane::side),
                                span_of(0, Phase::wait, 5, 6), span_of(0, Phase::update, 6, 7)},
                      .end = 7}}};
  const WallTime time = wall_time({block});
  EXPECT_EQ(time.communicating, 1) << "from 5, when the last rank is done with its backward";
  EXPECT_EQ(time.computing, 5 + 1);
  EXPECT_EQ(time.holding_up[1], 1);
  EXPECT_EQ(time.device0_alone, 0);
  EXPECT_EQ(time.serial, 0) << "every rank updates";
}

TEST(WallTime, ranks_without_work_are_idle) {
  Block block = dp_block();
  block.ranks.push_back({.spans = {}, .end = 9});
  const WallTime time = wall_time({block});
  EXPECT_EQ(time.step(), 9);
  EXPECT_EQ(time.mean_computing(), 3) << "of the two that work";
  EXPECT_EQ(time.device0_alone, 3);
  EXPECT_EQ(time.holding_up[2], 0);
}

TEST(WallTime, is_the_mean_over_steps_and_blocks) {
  Block second = dp_block();
  for (RankTimes& rank : second.ranks) {
    for (TimedSpan& span : rank.spans) {
      span.begin *= 2;
      span.end *= 2;
    }
    rank.end *= 2;
  }
  const WallTime time = wall_time({dp_block(), second});
  EXPECT_EQ(time.step(), (9 + 18) / 2.0);
  EXPECT_EQ(time.serial, (3 + 6) / 2.0);
  EXPECT_EQ(time.holding_up[1], (2 + 4) / 2.0);
}

/// Three real steps in which one kind of kernel sleeps for 20 ms on one of two devices.
WallTime with_slow_device(const std::string& strategy, std::size_t slow_rank, std::string_view kernel) {
  World world = cpu::open_world({.ranks = 2});
  auto& device = world.ranks[slow_rank]->device;
  device = std::make_unique<SlowDevice>(std::move(device), Slowness{kernel, std::chrono::milliseconds{20}});
  const TrainingWithData subject = exact_training();
  Trainer trainer{std::move(world), subject.training, subject.dataset, consecutive(16), strategy, small_buckets};
  return wall_time({trainer.run(3)});
}

// Sleeping takes at least as long as asked for; the other rank has no work to fill three layers' sleep with.
TEST(WallTime, of_real_steps_shows_a_slow_device) {
  for (const std::string strategy : {"dp", "ddp"}) {
    const WallTime time = with_slow_device(strategy, 1, "linear_forward");
    EXPECT_GE(time.computing, 0.060) << strategy;
    EXPECT_GT(time.holding_up[1], 0.010) << strategy;
    EXPECT_LT(time.holding_up[0], time.holding_up[1]) << strategy;
  }
}

TEST(WallTime, of_real_steps_shows_a_slow_serial_part) {
  const WallTime time = with_slow_device("dp", 0, "mean_squared_error");
  EXPECT_TRUE(is_serial(time, Phase::loss));
  EXPECT_GE(in_phase(time, Phase::loss), 0.020);
  EXPECT_GT(time.serial, 0.010);
  EXPECT_GT(time.device0_alone, 0.010);
}

TEST(Device0Metrics, are_medians_over_the_blocks) {
  Block other = dp_block();
  other.ranks[0].end = other.ranks[1].end = 12;  // idle for 3 s at the end
  const std::vector<Metric> metrics = device0_metrics({dp_block(), other, dp_block()});
  ASSERT_EQ(metrics.size(), 2U);
  EXPECT_EQ(metrics[0].name, "device0_alone");
  EXPECT_EQ(metrics[0].value, 3);
  EXPECT_DOUBLE_EQ(metrics[1].value.value(), 3.0 / 9);
  EXPECT_DOUBLE_EQ(metrics[1].low.value(), 3.0 / 12);
}

TEST(WallTime, of_nothing_is_nothing) {
  EXPECT_EQ(wall_time({}).step(), 0);
  EXPECT_EQ(wall_time({Block{{{.spans = {}, .end = 3}}}}).step(), 0);
}

}  // namespace
}  // namespace lockstep
