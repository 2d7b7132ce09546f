// The checks of memory, each seen to fail on planted faults.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/device/cpu/cpu_world.hpp"
#include "harness/measure/checks/memory.hpp"
#include "harness/measure/short_training.hpp"
#include "tests/doubles/trainings.hpp"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

/// A training of dp on 3 devices with something wrong in the devices' memory.
class PredictionCheck : public ::testing::Test {
 protected:
  CheckResult check() {
    const std::vector<std::size_t> batches{10, 10, 4};
    const TrainingShape shape{
        .training = subject_.training, .strategy = "dp", .options = options_, .devices = 3, .batches = batches};
    const std::vector<MemoryComparison> comparison{
        {predict_memory(shape), train_shortly(world_, subject_.training, subject_.dataset,
                                              {.strategy = "dp", .options = options_, .batches = batches})
                                    .accounts}};
    return check_memory_prediction(comparison);
  }
  Device& device(std::size_t index) { return *world_.ranks[index]->device; }

  TrainingWithData subject_ = real_training();
  StrategyOptions options_;
  World world_ = cpu::open_world({.ranks = 3});
};

TEST_F(PredictionCheck, passes_a_training_without_fault) {
  const CheckResult result = check();
  EXPECT_EQ(result.verdict, Verdict::pass) << result.because;
  EXPECT_EQ(result.compared, 3U * 9);
  EXPECT_EQ(result.worst, 0);
}

TEST_F(PredictionCheck, fails_for_a_leaked_tensor) {
  const Tensor leaked{device(1), DType::f32, {10, 12}, Use::activations};
  const CheckResult result = check();
  EXPECT_EQ(result.verdict, Verdict::fail);
  EXPECT_EQ(result.worst, 480);
  EXPECT_THAT(result.because, HasSubstr("device 1, activations: "));
}

TEST_F(PredictionCheck, fails_for_one_byte_more) {
  const auto byte = device(2).allocate(1, Use::communication);
  const CheckResult result = check();
  EXPECT_EQ(result.verdict, Verdict::fail);
  EXPECT_EQ(result.worst, 1);
  EXPECT_THAT(result.because, HasSubstr("device 2, communication: 1 bytes measured, 0 predicted"));
}

TEST_F(PredictionCheck, fails_for_a_buffer_that_is_missing) {
  // An optimizer that does without the state that it should have.
  Training stateless = real_training().training;
  stateless.optimizer = kernels::SgdSettings{};
  const std::vector<std::size_t> batches{10};
  const std::vector<MemoryPeaks> predicted = predict_memory(
      {.training = subject_.training, .strategy = "dp", .options = options_, .devices = 3, .batches = batches});
  const std::vector<MemoryComparison> comparison{
      {predicted,
       train_shortly(world_, stateless, subject_.dataset, {.strategy = "dp", .options = options_, .batches = batches})
           .accounts}};
  const CheckResult result = check_memory_prediction(comparison);
  EXPECT_EQ(result.verdict, Verdict::fail);
  EXPECT_THAT(result.because, HasSubstr("device 0, optimizer: 0 bytes measured, "));
}

TEST_F(PredictionCheck, fails_for_a_peak_of_the_sum_only) {
  MemoryPeaks predicted;
  predicted.by_use[0] = predicted.by_use[1] = 100;
  predicted.total = 200;
  MemoryAccount measured;  // the same peaks, but never at the same time
  measured.add(Use::parameters, 100);
  measured.remove(Use::parameters, 100);
  measured.add(Use::gradients, 100);
  const std::vector<MemoryComparison> comparison{{{predicted}, {measured}}};
  const CheckResult result = check_memory_prediction(comparison);
  EXPECT_EQ(result.verdict, Verdict::fail);
  EXPECT_THAT(result.because, HasSubstr("device 0, total: 100 bytes measured, 200 predicted"));
}

TEST_F(PredictionCheck, fails_when_there_is_nothing_to_compare) {
  EXPECT_EQ(check_memory_prediction({}).verdict, Verdict::fail);
  const std::vector<MemoryComparison> lost_device{{std::vector<MemoryPeaks>(2), std::vector<MemoryAccount>(1)}};
  EXPECT_EQ(check_memory_prediction(lost_device).verdict, Verdict::fail);
}

class NextBatchCheck : public ::testing::Test {
 protected:
  static BatchTrial fitting(std::size_t batch) {
    return {.batch = batch, .micro_batches = 1, .accounts = {}, .shortage = {}};
  }
  static BatchTrial failing(std::size_t batch, std::size_t advised) {
    const OutOfMemory error{"cpu:0", 2048, Use::activations, 1024, {}};
    return {.batch = batch,
            .micro_batches = 1,
            .accounts = {},
            .shortage = Shortage{.device = "cpu:0",
                                 .use = "activations",
                                 .requested = 2048,
                                 .free = 1024,
                                 .message = fmt::format("{}; a global batch of {} fits", error.what(), advised),
                                 .advised_batch = advised}};
  }
  std::vector<BatchTrial> trials_{fitting(64), failing(72, 70), fitting(32)};
  Shortage& shortage() { return *trials_[1].shortage; }

  void expect_failure(std::string_view because) {
    const CheckResult result = check_next_batch(trials_, 64, 8);
    EXPECT_EQ(result.verdict, Verdict::fail);
    EXPECT_THAT(result.because, HasSubstr(because));
  }
};

TEST_F(NextBatchCheck, passes_an_error_that_says_everything) {
  const CheckResult result = check_next_batch(trials_, 64, 8);
  EXPECT_EQ(result.verdict, Verdict::pass) << result.because;
  EXPECT_EQ(result.compared, 4U);
}

TEST_F(NextBatchCheck, fails_when_the_next_batch_was_not_tried_or_fits) {
  trials_[1].batch = 80;
  expect_failure("a batch of 72 was not tried");
  trials_[1] = fitting(72);
  expect_failure("a batch of 72 fits");
}

TEST_F(NextBatchCheck, fails_when_the_error_says_too_little) {
  shortage().device = "cpu:1";
  expect_failure("missing or wrong: the device in:");
  shortage() = *failing(72, 70).shortage;
  shortage().use = "batch";
  expect_failure("missing or wrong: the use in:");
  shortage() = *failing(72, 70).shortage;
  shortage().requested = 4096;
  expect_failure("missing or wrong: the request in:");
  shortage() = *failing(72, 70).shortage;
  shortage().free = 2048;  // it would have fitted
  expect_failure("missing or wrong: the request in:");
  shortage() = *failing(72, 70).shortage;
  shortage().message = shortage().message.substr(0, shortage().message.find(';'));
  expect_failure("missing or wrong: what would fit in:");
}

TEST_F(NextBatchCheck, fails_when_the_advice_is_wrong) {
  trials_[1] = failing(72, 72);
  expect_failure("missing or wrong: what would fit in:");
  trials_[1] = failing(72, 63);
  expect_failure("missing or wrong: what would fit in:");
}

TEST(AdviceCheck, fails_when_what_was_advised_does_not_fit) {
  BatchTrial advised{.batch = 100, .micro_batches = 3, .accounts = {}, .shortage = {}};
  EXPECT_EQ(check_advice(advised).verdict, Verdict::pass);
  advised.shortage = Shortage{"cpu:1", "batch", 10, 5, "device cpu:1 is out of memory", 0};
  EXPECT_EQ(check_advice(advised).verdict, Verdict::fail);
  EXPECT_THAT(check_advice(advised).because, HasSubstr("device cpu:1 is out of memory"));
}

class RecoveryCheck : public ::testing::Test {
 protected:
  /// Two devices that run out and recover.
  Recovery recover_with(const std::function<void(World&)>& fault) {
    World world = cpu::open_world({.ranks = 2, .capacity = 20'000});
    const auto train = [&](World& any, std::vector<std::size_t> batches) {
      return train_shortly(any, subject_.training, subject_.dataset,
                           {.strategy = "ddp", .options = options_, .batches = std::move(batches)});
    };
    Recovery recovery;
    try {
      train(world, {8, 8, 256});
    } catch (const RankOutOfMemory&) {
      recovery.ran_out = true;
    }
    fault(world);
    recover(world);
    recovery.after_failure = accounts_of(world);
    recovery.losses = train(world, {8, 8, 8}).losses;
    recovery.at_end = accounts_of(world);
    World fresh = cpu::open_world({.ranks = 2, .capacity = 20'000});
    recovery.fresh_losses = train(fresh, {8, 8, 8}).losses;
    return recovery;
  }
  TrainingWithData subject_ = real_training();
  StrategyOptions options_;
};

TEST_F(RecoveryCheck, passes_a_world_that_recovers) {
  const CheckResult result = check_recovery(recover_with([](World&) {}));
  EXPECT_EQ(result.verdict, Verdict::pass) << result.because;
  EXPECT_EQ(result.compared, 2U + 2 + 3);
}

TEST_F(RecoveryCheck, fails_for_a_tensor_that_is_still_there) {
  Tensor leaked;
  const CheckResult result = check_recovery(recover_with([&](World& world) {
    leaked = Tensor{*world.ranks[1]->device, DType::f32, {5}, Use::batch};
  }));
  EXPECT_EQ(result.verdict, Verdict::fail);
  EXPECT_EQ(result.because, "20 bytes were not given back");
}

TEST_F(RecoveryCheck, fails_for_other_losses) {
  Recovery recovery = recover_with([](World&) {});
  recovery.losses[2] = std::nextafter(recovery.losses[2], 0);
  EXPECT_EQ(check_recovery(recovery).verdict, Verdict::fail);
  recovery.losses.clear();
  recovery.fresh_losses.clear();
  EXPECT_EQ(check_recovery(recovery).verdict, Verdict::fail) << "no loss at all";
}

TEST_F(RecoveryCheck, fails_when_nothing_ran_out) {
  Recovery recovery = recover_with([](World&) {});
  recovery.ran_out = false;
  EXPECT_EQ(check_recovery(recovery).verdict, Verdict::fail);
}

}  // namespace
}  // namespace lockstep
