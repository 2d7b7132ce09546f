// A training that is saved on one world and goes on in another.
#include "harness/train/state/training_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

#include "harness/base/error.hpp"
#include "harness/checkpoint/store.hpp"
#include "harness/device/cpu/cpu_world.hpp"
#include "harness/measure/state/saved_state.hpp"
#include "harness/measure/trainer.hpp"
#include "tests/doubles/faulty_files.hpp"
#include "tests/doubles/memory_files.hpp"
#include "tests/doubles/small_resumption.hpp"

namespace lockstep {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr std::size_t rows = 16;

StrategyOptions options() {
  StrategyOptions options = small_buckets;
  options.micro_batches = 4;
  return options;
}

Trainer trainer_on(const RunPlace& place, const TrainingWithData& subject, const StrategyOptions& with = options()) {
  return {cpu::open_world({.ranks = place.devices}),
          subject.training,
          subject.dataset,
          consecutive(rows),
          place.strategy,
          with};
}

std::vector<std::byte> bytes_of(const std::vector<float>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// What every rank holds now.
std::vector<std::optional<Replica>> replicas_on(Trainer& trainer) {
  std::vector<std::optional<Replica>> replicas(trainer.world().ranks.size());
  trainer.on_every_rank(
      [&](Rank& rank, Strategy& strategy) { replicas[static_cast<std::size_t>(rank.index)] = replica_of(strategy); });
  return replicas;
}

std::vector<RunPlace> places() {
  std::vector<RunPlace> all{{"single", 1}};
  for (const std::string strategy : {"dp", "ddp"})
    for (const int devices : {1, 2, 3, 4}) all.push_back({strategy, devices});
  return all;
}

class SavedAndRestored : public ::testing::TestWithParam<RunPlace> {};

// On exact data nothing depends on who computes: all continue with one device's bits.
TEST_P(SavedAndRestored, goes_on_anywhere_with_the_bits_of_one_device) {
  const TrainingWithData subject = exact_training();
  for (const std::size_t micro_batch : {0U, 1U, 3U}) {
    Trainer uninterrupted = trainer_on({"single", 1}, subject);
    uninterrupted.run(6);
    const std::vector<double> losses = uninterrupted.take_losses();

    Trainer saver = trainer_on(GetParam(), subject);
    saver.run(3);
    if (micro_batch > 0) saver.accumulate(micro_batch);
    const TrainingState state = saver.state();
    EXPECT_EQ(state.position, (Position{3, micro_batch}));
    for (const RunPlace& place : places()) {
      SCOPED_TRACE(fmt::format("to {} on {} after {} micro-batches", place.strategy, place.devices, micro_batch));
      Trainer loader = trainer_on(place, subject);
      loader.restore(state);
      EXPECT_EQ(loader.position(), state.position);
      EXPECT_EQ(loader.state().replica, state.replica);
      loader.run(3);
      EXPECT_EQ(loader.take_losses(), std::vector(losses.begin() + 3, losses.end()));
      EXPECT_EQ(loader.state().replica.parameters, uninterrupted.state().replica.parameters);
    }
  }
}

// On the same world real data too: momentum, moments and Adam's count of updates are all there.
TEST_P(SavedAndRestored, goes_on_with_the_same_bits_on_the_same_world) {
  for (const TrainingWithData& subject : {real_training(), adam_training()})
    for (const std::size_t micro_batch : {0U, 2U}) {
      Trainer uninterrupted = trainer_on(GetParam(), subject);
      uninterrupted.run(8);
      const std::vector<double> losses = uninterrupted.take_losses();
      Trainer saver = trainer_on(GetParam(), subject);
      saver.run(4);
      if (micro_batch > 0) saver.accumulate(micro_batch);
      const TrainingState state = saver.state();
      EXPECT_EQ(state.replica.optimizer_steps, 4);

      Trainer loader = trainer_on(GetParam(), subject);
      loader.restore(state);
      EXPECT_EQ(loader.state(), state);
      loader.run(4);
      EXPECT_EQ(loader.take_losses(), std::vector(losses.begin() + 4, losses.end()));
      EXPECT_EQ(loader.state(), uninterrupted.state());
      // The one that was saved goes on as if nothing had happened.
      saver.run(4);
      EXPECT_EQ(saver.state(), uninterrupted.state());
    }
}

TEST_P(SavedAndRestored, every_rank_that_updates_gets_its_replica) {
  const TrainingWithData subject = adam_training();
  Trainer saver = trainer_on({"single", 1}, subject);
  saver.run(2);
  const TrainingState state = saver.state();
  Trainer loader = trainer_on(GetParam(), subject);
  loader.restore(state);
  std::size_t holders = 0;
  for (const auto& replica : replicas_on(loader)) {
    if (!replica) continue;
    ++holders;
    EXPECT_EQ(*replica, state.replica);
  }
  EXPECT_EQ(holders, GetParam().strategy == "ddp" ? static_cast<std::size_t>(GetParam().devices) : 1U);
}

INSTANTIATE_TEST_SUITE_P(Cpu, SavedAndRestored, ::testing::ValuesIn(places()), [](const auto& test) {
  return fmt::format("{}_{}", test.param.strategy, test.param.devices);
});

TEST(TrainingState, has_the_parts_of_the_ranks_that_hold_one) {
  const TrainingWithData subject = real_training();
  const auto parts = [&](const RunPlace& place, std::size_t micro_batch) {
    Trainer trainer = trainer_on(place, subject);
    if (micro_batch > 0) trainer.accumulate(micro_batch);
    return trainer.state().accumulated;
  };
  EXPECT_THAT(parts({"ddp", 3}, 0), SizeIs(0)) << "nothing is accumulated between two steps";
  EXPECT_THAT(parts({"ddp", 3}, 2), SizeIs(3));
  EXPECT_THAT(parts({"dp", 3}, 2), SizeIs(1)) << "device 0 has the sum";
  EXPECT_THAT(parts({"single", 1}, 2), SizeIs(1));
}

TEST(TrainingState, another_number_of_ranks_starts_with_the_sum_on_rank_0) {
  const TrainingWithData subject = exact_training();
  Trainer saver = trainer_on({"ddp", 3}, subject);
  saver.accumulate(2);
  const TrainingState state = saver.state();
  Trainer loader = trainer_on({"ddp", 4}, subject);
  loader.accumulate(1);  // what is there is overwritten
  loader.restore(state);
  const std::vector<Accumulated> parts = loader.state().accumulated;
  ASSERT_THAT(parts, SizeIs(4));
  EXPECT_EQ(parts[0], sum_of(state.accumulated, DType::f32));
  EXPECT_NE(parts[0], state.accumulated[0]);
  for (std::size_t rank = 1; rank < parts.size(); ++rank) {
    EXPECT_THAT(parts[rank].gradients, Each(std::byte{0}));
    EXPECT_EQ(parts[rank].loss, 0);
  }
}

TEST(TrainingState, parts_are_added_element_by_element_in_their_order) {
  const std::vector<Accumulated> parts{
      {bytes_of({1, 2}), 0.25}, {bytes_of({16777216, -2}), 0.5}, {bytes_of({1, 8}), 1}};
  const Accumulated sum = sum_of(parts, DType::f32);
  // (1 + 2^24) rounds to 2^24, and again: another order would give 2^24 + 2.
  EXPECT_EQ(sum.gradients, bytes_of({16777216, 8}));
  EXPECT_EQ(sum.loss, 1.75);
}

std::vector<std::byte> bytes_of_bf16(const std::vector<float>& values) {
  std::vector<BFloat16> stored;
  for (const float value : values) stored.push_back(BFloat16{value});
  const auto bytes = std::as_bytes(std::span{stored});
  return {bytes.begin(), bytes.end()};
}

TEST(TrainingState, parts_in_bf16_are_added_in_float_and_rounded_once) {
  const std::vector<Accumulated> parts{
      {bytes_of_bf16({256, 2}), 0.25}, {bytes_of_bf16({1, -2}), 0.5}, {bytes_of_bf16({1, 8}), 1}};
  EXPECT_EQ(sum_of(parts, DType::bf16).gradients, bytes_of_bf16({258, 8}));
}

TEST(TrainingState, of_another_model_or_optimizer_is_refused) {
  const TrainingWithData momentum = real_training();
  const TrainingWithData exact = exact_training();
  const TrainingWithData adam = adam_training();
  const TrainingWithData wide = real_training(DType::f64);
  const TrainingState state = trainer_on({"single", 1}, momentum).state();
  for (const TrainingWithData* other : {&exact, &adam, &wide}) {
    Trainer loader = trainer_on({"single", 1}, *other);
    EXPECT_THROW(loader.restore(state), RankError);
  }
}

// Whatever call of the file system fails: the error is thrown, and the training goes on as if it had not tried.
TEST(Trainer, goes_on_after_a_checkpoint_that_could_not_be_saved) {
  const TrainingWithData subject = adam_training();
  Trainer uninterrupted = trainer_on({"ddp", 2}, subject);
  uninterrupted.run(6);
  Trainer trainer = trainer_on({"ddp", 2}, subject);
  trainer.run(3);
  const TrainingState state = trainer.state();
  testing::MemoryFiles files;
  const auto save = [&](testing::FileFault fault) {
    testing::FaultyFiles faulty{files, fault};
    CheckpointStore store{faulty, "/checkpoints", 1};
    store.save(3, tensors_of(state, subject.training, ParameterPrefix::none), {});
    return faulty.fired();
  };
  std::size_t failures = 0;
  for (std::size_t call = 0; call < 100; ++call) {
    try {
      if (!save({.kind = testing::FileFault::Kind::fails, .at = call, .error = ENOSPC})) break;
    } catch (const IoError& error) {
      ++failures;
      EXPECT_THAT(error.what(), ::testing::HasSubstr("No space left on device"));
    }
  }
  EXPECT_GE(failures, 5U) << "create, write, fsync, rename, fsync of the directory";
  trainer.run(3);
  EXPECT_EQ(trainer.state(), uninterrupted.state());
}

TEST(Trainer, stops_within_a_step_only_before_its_last_micro_batch) {
  const TrainingWithData subject = real_training();
  Trainer trainer = trainer_on({"ddp", 2}, subject);
  trainer.accumulate(1);
  trainer.accumulate(3);
  EXPECT_EQ(trainer.position(), (Position{0, 3}));
  trainer.run(1);
  EXPECT_EQ(trainer.position(), (Position{1, 0}));
  EXPECT_THROW(trainer.accumulate(4), RankError);
}

TEST(Optimizer, names_its_state_before_it_is_made) {
  EXPECT_THAT(state_names(kernels::SgdSettings{.momentum = 0}), SizeIs(0));
  EXPECT_THAT(state_names(kernels::SgdSettings{.momentum = 0.9}), ElementsAre("velocity"));
  EXPECT_THAT(state_names(kernels::AdamSettings{}), ElementsAre("first_moment", "second_moment"));
  for (const TrainingWithData& subject : {real_training(), adam_training(), exact_training()}) {
    Trainer trainer = trainer_on({"single", 1}, subject);
    const TrainingState state = trainer.state();
    std::vector<std::string_view> names;
    for (const Replica::OptimizerTensor& tensor : state.replica.optimizer) names.push_back(tensor.name);
    EXPECT_EQ(names, state_names(subject.training.optimizer));
  }
}

}  // namespace
}  // namespace lockstep
