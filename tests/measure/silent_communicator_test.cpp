#include "harness/measure/silent_communicator.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/device/cpu/cpu_world.hpp"
#include "harness/measure/trainer.hpp"
#include "tests/doubles/trainings.hpp"

namespace lockstep {
namespace {

/// Each rank's values after an all-reduce of its index + 1.
std::vector<float> sums(World& world) {
  std::vector<float> values(world.ranks.size());
  on_every_rank(world, [&](Rank& rank) {
    const auto stream = rank.device->make_compute_stream();
    const Tensor tensor{*rank.device, DType::f32, {1}, Use::workspace};
    from_host<float>(*stream, std::vector{static_cast<float>(rank.index + 1)}, tensor);
    rank.group->all_reduce(*stream, tensor);
    values[static_cast<std::size_t>(rank.index)] = to_host<float>(*stream, tensor).front();
  });
  return values;
}

TEST(SilentCommunicator, does_nothing_while_it_is_silent) {
  World world = cpu::open_world({.ranks = 3});
  const auto is_silent = make_silenceable(world);
  EXPECT_EQ(sums(world), (std::vector{6.0F, 6.0F, 6.0F}));
  *is_silent = true;
  EXPECT_EQ(sums(world), (std::vector{1.0F, 2.0F, 3.0F}));
  *is_silent = false;
  EXPECT_EQ(sums(world), (std::vector{6.0F, 6.0F, 6.0F}));
}

// Without communication ranks wait for nobody: one can do its steps while the other has not begun.
TEST(SilentCommunicator, lets_a_rank_go_on_alone) {
  World world = cpu::open_world({.ranks = 2});
  *make_silenceable(world) = true;
  on_every_rank(world, [&](Rank& rank) {
    if (rank.index == 1) return;
    const auto stream = rank.device->make_compute_stream();
    const Tensor tensor{*rank.device, DType::f32, {4}, Use::workspace};
    from_host<float>(*stream, std::vector<float>(4, 1.0F), tensor);
    rank.group->all_reduce(*stream, tensor);
    stream->synchronize();
  });
}

// The same steps, phases and pieces as with communication; only the numbers are no longer those of one training.
TEST(SilentCommunicator, training_goes_through_the_same_phases) {
  for (const std::string strategy : {"dp", "ddp"}) {
    const TrainingWithData subject = real_training();
    World world = cpu::open_world({.ranks = 3});
    const auto is_silent = make_silenceable(world);
    Trainer trainer{std::move(world), subject.training, subject.dataset, consecutive(13), strategy, small_buckets};
    const auto phases_of = [](const Block& block) {
      std::vector<std::vector<Phase>> phases;
      for (const RankTimes& rank : block.ranks) {
        phases.emplace_back();
        for (const TimedSpan& span : rank.spans)
          if (span.lane == Lane::compute) phases.back().push_back(span.phase);
      }
      return phases;
    };
    const Block loud = trainer.run(2);
    trainer.take_losses();
    *is_silent = true;
    const Block silent = trainer.run(2);
    EXPECT_EQ(phases_of(silent), phases_of(loud)) << strategy;
    EXPECT_EQ(silent.batch, loud.batch);
    EXPECT_EQ(silent.traffic.of(Collective::all_reduce), loud.traffic.of(Collective::all_reduce));
    for (const double loss : trainer.take_losses()) EXPECT_TRUE(std::isfinite(loss)) << strategy;
  }
}

}  // namespace
}  // namespace lockstep
