#include "harness/measure/breakdown.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <thread>

#include "harness/device/cpu/cpu_world.hpp"
#include "harness/faults/faulty_communicator.hpp"
#include "harness/measure/trainer.hpp"
#include "tests/doubles/trainings.hpp"
#include "tests/measure/spans.hpp"

namespace lockstep {
namespace {

/// seconds[rank][phase] per step
using Seconds = std::map<std::size_t, std::map<std::string_view, double>>;

Seconds seconds_of(const std::vector<Block>& blocks) {
  Seconds seconds;
  for (const PhaseTime& time : breakdown(blocks)) seconds[time.rank][time.phase] = time.seconds;
  return seconds;
}

// Times are binary fractions, so that sums and differences are exact.
// Rank 0 computes for 1 s, rank 1 for 3 s; both then meet in a reduce that takes 0.5 s from the later one's arrival.
Block uneven_block() {
  return {{{.spans = {span_of(0, Phase::forward, 0, 1), span_of(0, Phase::reduce, 1, 3.5),
                      span_of(0, Phase::update, 3.5, 4)},
            .end = 4},
           {.spans = {span_of(0, Phase::forward, 0, 3), span_of(0, Phase::reduce, 3, 3.5)}, .end = 4}}};
}

TEST(Breakdown, gives_the_wait_to_the_rank_that_came_early) {
  const Seconds seconds = seconds_of({uneven_block()});
  EXPECT_EQ(seconds.at(0).at("wait"), 2);
  EXPECT_EQ(seconds.at(0).at("reduce"), 0.5);
  EXPECT_EQ(seconds.at(1).at("wait"), 0);
  EXPECT_EQ(seconds.at(1).at("reduce"), 0.5);
}

// A device without a piece in step 1 comes back in step 2; its step 0 does not last until then.
TEST(StepTimes, a_rank_that_sits_a_step_out_does_not_stretch_the_one_before) {
  const Block block{
      {{.spans = {span_of(0, Phase::forward, 0, 1), span_of(1, Phase::forward, 1, 2), span_of(2, Phase::forward, 2, 3)},
        .end = 3},
       {.spans = {span_of(0, Phase::forward, 0, 0.5), span_of(2, Phase::forward, 2, 2.5)}, .end = 3}}};
  EXPECT_EQ(step_times(block), (std::vector{1.0, 1.0, 1.0}));
  EXPECT_EQ(seconds_of({block}).at(1).at("idle"), 0.5) << "in each of its two steps";
  const Block last{{{.spans = {span_of(0, Phase::forward, 0, 1), span_of(1, Phase::forward, 1, 2)}, .end = 2},
                    {.spans = {span_of(0, Phase::forward, 0, 0.5)}, .end = 2}}};
  EXPECT_EQ(step_times(last), (std::vector{1.0, 1.0}));
}

TEST(Breakdown, calls_idle_what_no_span_covers) {
  const Seconds seconds = seconds_of({uneven_block()});
  EXPECT_EQ(seconds.at(0).at("idle"), 0);
  EXPECT_EQ(seconds.at(1).at("idle"), 0.5);
}

TEST(Breakdown, adds_up_to_the_step) {
  Block block = uneven_block();
  // A second step, with a gap on rank 0.
  block.ranks[0].spans.push_back(span_of(1, Phase::forward, 4.25, 5));
  block.ranks[1].spans.push_back(span_of(1, Phase::forward, 4, 5));
  block.ranks[0].end = block.ranks[1].end = 6;
  std::map<std::size_t, double> seconds;
  std::map<std::size_t, double> fractions;
  for (const PhaseTime& time : breakdown({block, uneven_block()})) {
    EXPECT_GE(time.seconds, 0) << time.phase;
    seconds[time.rank] += time.seconds;
    fractions[time.rank] += time.fraction;
  }
  for (const std::size_t rank : {0U, 1U}) {
    EXPECT_DOUBLE_EQ(seconds[rank], (6.0 + 4.0) / 3) << "three steps in ten seconds";
    EXPECT_DOUBLE_EQ(fractions[rank], 1);
  }
}

TEST(Breakdown, tells_the_collectives_of_a_step_apart_by_their_order) {
  // Each rank is late once: rank 1 for the first scatter, rank 0 for the second.
  const Block block{{{.spans = {span_of(0, Phase::scatter, 0, 2), span_of(0, Phase::scatter, 6, 7)}, .end = 7},
                     {.spans = {span_of(0, Phase::scatter, 1, 2), span_of(0, Phase::scatter, 2, 7)}, .end = 7}}};
  const Seconds seconds = seconds_of({block});
  EXPECT_EQ(seconds.at(0).at("wait"), 1);
  EXPECT_EQ(seconds.at(1).at("wait"), 4);
}

TEST(Breakdown, does_not_mix_steps_or_blocks) {
  const auto meeting = [](std::size_t step, double early, double late) {
    return Block{{{.spans = {span_of(step, Phase::gather, early, late + 1)}, .end = late + 1},
                  {.spans = {span_of(step, Phase::gather, late, late + 1)}, .end = late + 1}}};
  };
  const Seconds seconds = seconds_of({meeting(0, 0, 1), meeting(0, 10, 10.5)});
  EXPECT_EQ(seconds.at(0).at("wait"), (1 + 0.5) / 2);
  EXPECT_EQ(seconds.at(1).at("wait"), 0);
}

TEST(Breakdown, never_waits_beyond_the_end_of_the_operation) {
  // A root that only sends may be done before the last receiver comes.
  const Block block{{{.spans = {span_of(0, Phase::scatter, 0, 1)}, .end = 5},
                     {.spans = {span_of(0, Phase::scatter, 4, 5)}, .end = 5}}};
  EXPECT_EQ(seconds_of({block}).at(0).at("wait"), 1);
  EXPECT_EQ(seconds_of({block}).at(0).at("scatter"), 0);
}

TEST(Breakdown, leaves_the_side_lane_out) {
  const Block block{{{.spans = {span_of(0, Phase::backward, 0, 4), span_of(0, Phase::reduce, 1, 5, Lane::side),
                                span_of(0, Phase::wait, 4, 5)},
                      .end = 5}}};
  const Seconds seconds = seconds_of({block});
  EXPECT_EQ(seconds.at(0).at("backward"), 4);
  EXPECT_EQ(seconds.at(0).at("wait"), 1) << "the part of the communication that is exposed";
  EXPECT_EQ(seconds.at(0).count("reduce"), 0U);
}

TEST(Breakdown, has_nothing_to_say_about_a_rank_that_did_not_work) {
  Block block = uneven_block();
  block.ranks.push_back({.spans = {}, .end = 4});
  EXPECT_EQ(seconds_of({block}).count(2), 0U);
  EXPECT_TRUE(breakdown({}).empty());
}

TEST(StepTimes, are_the_longest_over_the_ranks) {
  const Block block{
      {{.spans = {span_of(7, Phase::forward, 0, 1), span_of(8, Phase::forward, 2, 3), span_of(9, Phase::update, 8, 9)},
        .end = 9},
       {.spans = {span_of(7, Phase::forward, 0.5, 1), span_of(8, Phase::forward, 5, 6),
                  span_of(9, Phase::update, 8, 9)},
        .end = 9.25},
       {.spans = {}, .end = 100}}};
  // Step 7: 2 and 4.5 s; step 8: 6 and 3 s; step 9: 1 and 1.25 s, to the end of the block.
  EXPECT_EQ(step_times(block), (std::vector{4.5, 6.0, 1.25}));
  EXPECT_TRUE(step_times({}).empty());
}

TEST(StepTimes, begin_with_the_first_span_of_the_computation) {
  const Block block{{{.spans = {span_of(0, Phase::forward, 1, 2), span_of(0, Phase::reduce, 0, 9, Lane::side),
                                span_of(1, Phase::forward, 3, 4)},
                      .end = 4}}};
  EXPECT_EQ(step_times(block), (std::vector{2.0, 1.0}));
}

// A slow device: rank 1's stream is busy for 20 ms after each of its collectives. Its peers wait for it at the next
// one, it waits for nobody.
TEST(Breakdown, shows_who_waits_for_a_slow_device) {
  using std::chrono_literals::operator""ms;
  constexpr double delay = 0.020;
  for (const int ranks : {2, 3}) {
    const auto fired = std::make_shared<FiredCount>();
    World world = cpu::open_world({.ranks = ranks});
    const Plant plant{{{Collective::scatter, Collective::broadcast}, {1}},
                      followed_by([] { std::this_thread::sleep_for(20ms); })};
    for (auto& rank : world.ranks) rank->group = planted(std::move(rank->group), plant, fired);
    const TrainingWithData subject = exact_training();
    Trainer trainer{std::move(world), subject.training, subject.dataset, consecutive(16), "dp", small_buckets};
    const Block block = trainer.run(3);
    EXPECT_EQ(fired->acted, 3 * 3) << "two scatters and a broadcast in each step";
    const Seconds seconds = seconds_of({block});
    for (const auto& [rank, phases] : seconds) {
      if (rank == 1) continue;
      // Sleeping takes at least as long as asked for; the others have no work to fill three delays with.
      EXPECT_GT(phases.at("wait"), delay) << "rank " << rank;
    }
    EXPECT_LT(seconds.at(1).at("wait"), seconds.at(0).at("wait") / 2);
    EXPECT_GT(seconds.at(1).at("scatter") + seconds.at(1).at("replicate"), 2 * delay) << "where its stream was busy";
    for (const double step : step_times(block)) EXPECT_GT(step, 2 * delay);
  }
}

}  // namespace
}  // namespace lockstep
