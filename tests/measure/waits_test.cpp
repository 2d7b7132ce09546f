#include "harness/measure/waits.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "harness/device/cpu/cpu_world.hpp"
#include "harness/faults/faulty_communicator.hpp"
#include "harness/measure/trainer.hpp"
#include "tests/doubles/trainings.hpp"

namespace lockstep {
namespace {

TimedSpan span_of(std::size_t step, Phase phase, double begin, double end, Lane lane = Lane::compute) {
  return {step, phase, lane, begin, end};
}

// Two steps of 8 s on three ranks. Step 0: rank 2 comes to the gather at 4, the others at 1 and 3. Step 1: rank 0 comes
// to the reduce at 14, the others at 12 and 13.5.
Block three_ranks() {
  return {{{.spans = {span_of(0, Phase::forward, 0, 1), span_of(0, Phase::gather, 1, 5),
                      span_of(1, Phase::forward, 8, 14), span_of(1, Phase::reduce, 14, 15)},
            .end = 16},
           {.spans = {span_of(0, Phase::forward, 0, 3), span_of(0, Phase::gather, 3, 5),
                      span_of(1, Phase::forward, 8, 12), span_of(1, Phase::reduce, 12, 15)},
            .end = 16},
           {.spans = {span_of(0, Phase::forward, 0, 4), span_of(0, Phase::gather, 4, 5),
                      span_of(1, Phase::forward, 8, 13.5), span_of(1, Phase::reduce, 13.5, 15)},
            .end = 16}}};
}

TEST(Waits, go_from_a_ranks_arrival_to_the_last_ones) {
  const Waits waits = waits_of({three_ranks()});
  ASSERT_EQ(waits.ranks.size(), 3U);
  EXPECT_EQ(waits.collectives, 2U);
  EXPECT_EQ(waits.mean_skew, (3 + 2) / 2.0);
  EXPECT_EQ(waits.largest_skew, 3);
  EXPECT_EQ(waits.ranks[0].seconds, 3 / 2.0) << "in two steps";
  EXPECT_EQ(waits.ranks[0].fraction, 3 / 16.0);
  EXPECT_EQ(waits.ranks[1].seconds, (1 + 2) / 2.0);
  EXPECT_EQ(waits.ranks[2].seconds, 0.5 / 2);
}

TEST(Waits, name_the_rank_that_causes_them) {
  const Waits waits = waits_of({three_ranks()});
  EXPECT_EQ(waits.ranks[0].waits_for, 2U);
  EXPECT_EQ(waits.ranks[1].waits_for, 0U) << "2 s for rank 0, 1 s for rank 2";
  EXPECT_EQ(waits.ranks[2].waits_for, 0U);
  EXPECT_EQ(waits.ranks[0].caused, (2 + 0.5) / 2);
  EXPECT_EQ(waits.ranks[1].caused, 0);
  EXPECT_EQ(waits.ranks[2].caused, (3 + 1) / 2.0);
  EXPECT_EQ(waits.ranks[0].last_share, 0.5);
  EXPECT_EQ(waits.ranks[1].last_share, 0);
  double waited = 0;
  double caused = 0;
  for (const RankWait& rank : waits.ranks) waited += rank.seconds, caused += rank.caused;
  EXPECT_EQ(waited, caused);
}

TEST(Waits, see_the_side_stream_and_tell_buckets_apart) {
  const Block block{{{.spans = {span_of(0, Phase::backward, 0, 8), span_of(0, Phase::reduce, 1, 3, Lane::side),
                                span_of(0, Phase::reduce, 4, 7, Lane::side)},
                      .end = 8},
                     {.spans = {span_of(0, Phase::backward, 0, 8), span_of(0, Phase::reduce, 2, 3, Lane::side),
                                span_of(0, Phase::reduce, 6, 7, Lane::side)},
                      .end = 8}}};
  const Waits waits = waits_of({block});
  EXPECT_EQ(waits.collectives, 2U);
  EXPECT_EQ(waits.ranks[0].seconds, 1 + 2);
  EXPECT_EQ(waits.ranks[0].waits_for, 1U);
  EXPECT_EQ(waits.ranks[1].last_share, 1);
}

TEST(Waits, end_with_the_operation) {
  // A root that only sends may be done before the last receiver comes.
  const Block block{{{.spans = {span_of(0, Phase::scatter, 0, 1)}, .end = 5},
                     {.spans = {span_of(0, Phase::scatter, 4, 5)}, .end = 5}}};
  EXPECT_EQ(waits_of({block}).ranks[0].seconds, 1);
}

TEST(Waits, nobody_is_last_when_all_come_at_once) {
  const Block block{
      {{.spans = {span_of(0, Phase::gather, 1, 2)}, .end = 2}, {.spans = {span_of(0, Phase::gather, 1, 2)}, .end = 2}}};
  const Waits waits = waits_of({block});
  for (const RankWait& rank : waits.ranks) {
    EXPECT_EQ(rank.seconds, 0);
    EXPECT_EQ(rank.last_share, 0);
    EXPECT_FALSE(rank.waits_for);
  }
}

TEST(Waits, one_rank_waits_for_nobody) {
  const Block block{{{.spans = {span_of(0, Phase::gather, 1, 2)}, .end = 2}}};
  EXPECT_EQ(waits_of({block}).collectives, 0U);
  EXPECT_TRUE(waits_of({block}).ranks.empty());
  EXPECT_TRUE(waits_of({}).ranks.empty());
}

// A slow device: rank 1's stream is busy for 50 ms after each broadcast, so all wait for it at the gather.
TEST(Waits, name_a_slow_device) {
  using std::chrono_literals::operator""ms;
  World world = cpu::open_world({.ranks = 3});
  const auto fired = std::make_shared<FiredCount>();
  const Plant plant{{{Collective::broadcast}, {1}}, followed_by([] { std::this_thread::sleep_for(50ms); })};
  for (auto& rank : world.ranks) rank->group = planted(std::move(rank->group), plant, fired);
  const TrainingWithData subject = exact_training();
  Trainer trainer{std::move(world), subject.training, subject.dataset, consecutive(16), "dp", small_buckets};
  const Waits waits = waits_of({trainer.run(3)});
  EXPECT_EQ(fired->acted, 3);
  ASSERT_EQ(waits.ranks.size(), 3U);
  for (const std::size_t rank : {0U, 2U}) {
    EXPECT_GT(waits.ranks[rank].seconds, 0.010) << "of 50 ms, less what the others did meanwhile";
    EXPECT_EQ(waits.ranks[rank].waits_for, 1U);
  }
  EXPECT_GT(waits.largest_skew, 0.010);
  EXPECT_GT(waits.ranks[1].caused, waits.ranks[0].caused);
}

}  // namespace
}  // namespace lockstep
