// What the formulas say against what trainings take, to the byte; and against numbers computed by hand.
#include "harness/measure/memory_prediction.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "harness/device/cpu/cpu_world.hpp"
#include "harness/measure/checks/memory.hpp"
#include "harness/measure/short_training.hpp"
#include "tests/doubles/trainings.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;

Training training_of(const std::vector<std::size_t>& widths, Loss loss = Loss::cross_entropy) {
  Training training;
  training.architecture = make_mlp(widths, Activation::relu, true);
  training.initial_values = kaiming_uniform(training.architecture.parameter_specs(), 1);
  training.optimizer = kernels::SgdSettings{};
  training.loss = loss;
  return training;
}

/// In the order of `Use`, then the total.
std::vector<std::size_t> numbers(const MemoryPeaks& peaks) {
  std::vector<std::size_t> result{peaks.by_use.begin(), peaks.by_use.end()};
  result.push_back(peaks.total);
  return result;
}

// 3·5 + 5 + 5·2 + 2 = 32 parameters of 4 bytes: 128.
class ByHand : public ::testing::Test {
 protected:
  std::vector<MemoryPeaks> predict(std::string_view strategy, std::size_t devices, std::size_t batch) {
    return predict_memory(
        {.training = training_, .strategy = strategy, .options = options_, .devices = devices, .batches = {batch}});
  }
  Training training_ = training_of({3, 5, 2});
  StrategyOptions options_;
};

TEST_F(ByHand, single) {
  // 4 rows: activations 4·4·(5 + 2), the gradient of the hidden layer 4·4·5, that of the loss 4·4·2; inputs 4·4·3,
  // labels 4·4; the loss 8.
  EXPECT_THAT(numbers(predict("single", 1, 4)[0]),
              ElementsAre(128, 128, 0, 112 + 80 + 32, 0, 0, 48 + 16, 8, 128 + 128 + 224 + 64 + 8));
}

TEST_F(ByHand, state_of_the_optimizer) {
  training_.optimizer = kernels::SgdSettings{.momentum = 0.9};
  EXPECT_EQ(predict("single", 1, 4)[0].of(Use::optimizer), 128U);
  training_.optimizer = kernels::AdamSettings{};
  EXPECT_EQ(predict("single", 1, 4)[0].of(Use::optimizer), 256U);
  training_.optimizer = kernels::TernarySettings{};
  EXPECT_EQ(predict("single", 1, 4)[0].of(Use::optimizer), 0U);
}

TEST_F(ByHand, clipping_needs_a_norm_and_a_factor_where_the_optimizer_is) {
  training_.rules.clip_norm = 1;
  EXPECT_EQ(predict("single", 1, 4)[0].of(Use::workspace), 8U + 16);
  EXPECT_EQ(predict("ddp", 2, 3)[1].of(Use::workspace), 8U + 16 + 16 + 32);
  EXPECT_EQ(predict("dp", 2, 4)[0].of(Use::workspace), 8U + 16);
  EXPECT_EQ(predict("dp", 2, 4)[1].of(Use::workspace), 8U);
}

TEST_F(ByHand, ddp_needs_more_workspace_before_the_first_step) {
  const auto devices = predict("ddp", 2, 3);  // 2 rows and 1
  EXPECT_THAT(numbers(devices[0]), ElementsAre(128, 128, 0, 2 * 56, 0, 0, 2 * 16, 8 + 16 + 32, 256 + 112 + 32 + 8));
  EXPECT_THAT(numbers(devices[1]), ElementsAre(128, 128, 0, 56, 0, 0, 16, 8 + 16 + 32, 256 + 56 + 16 + 8));
  // Without rows the start is the peak.
  const auto idle = predict("ddp", 3, 2);
  EXPECT_THAT(numbers(idle[2]), ElementsAre(128, 128, 0, 0, 0, 0, 0, 8 + 16 + 48, 256 + 72));
}

TEST_F(ByHand, dp_puts_more_on_device_0) {
  training_.optimizer = kernels::SgdSettings{.momentum = 0.9};
  const auto devices = predict("dp", 3, 4);  // 2 rows, 2 and none
  // All 4 rows of the batch (16 bytes each), of the outputs and of the loss's gradient (8 each); 2 of activations.
  EXPECT_THAT(numbers(devices[0]), ElementsAre(128, 128, 128, 2 * 48 + 4 * 8, 0, 4 * 8, 4 * 16, 8, 616));
  EXPECT_THAT(numbers(devices[1]), ElementsAre(128, 128, 0, 2 * 56, 0, 0, 2 * 12, 8, 400));
  EXPECT_THAT(numbers(devices[2]), ElementsAre(128, 128, 0, 0, 0, 0, 0, 8, 264));
}

TEST_F(ByHand, micro_batches_need_the_rows_of_the_largest_and_dp_another_gradient) {
  options_.micro_batches = 3;
  EXPECT_THAT(numbers(predict("single", 1, 10)[0]), ElementsAre(128, 128, 0, 4 * 56, 0, 0, 4 * 16, 8, 552));
  EXPECT_EQ(predict("dp", 2, 10)[0].of(Use::gradients), 256U);
  EXPECT_EQ(predict("dp", 2, 10)[1].of(Use::gradients), 128U);
  EXPECT_EQ(predict("ddp", 2, 10)[0].of(Use::gradients), 128U);
}

TEST_F(ByHand, gradients_of_activations_take_turns) {
  // Gradients of the inputs of the layers from the last on: 7, 9, 6 wide; the 7 and the 6 share a buffer.
  training_ = training_of({4, 6, 9, 7, 2});
  EXPECT_EQ(predict("single", 1, 1)[0].of(Use::activations), 4U * (6 + 9 + 7 + 2 + 7 + 9 + 2));
  training_ = training_of({4, 2});  // one layer: nobody needs the gradient of its inputs
  EXPECT_EQ(predict("single", 1, 1)[0].of(Use::activations), 4U * (2 + 2));
}

TEST_F(ByHand, values_as_targets_have_the_width_of_the_outputs) {
  training_ = training_of({3, 5, 2}, Loss::mse);
  EXPECT_EQ(predict("single", 1, 4)[0].of(Use::batch), 48U + 32);
  training_.dtype = DType::f64;
  EXPECT_EQ(predict("single", 1, 4)[0].of(Use::batch), 96U + 64);
  training_ = training_of({3, 5, 2});
  training_.dtype = DType::f64;  // labels stay 4 bytes
  EXPECT_EQ(predict("single", 1, 4)[0].of(Use::batch), 96U + 16);
}

TEST_F(ByHand, bf16_takes_half_of_f32_but_for_labels_and_loss) {
  const MemoryPeaks f32 = predict("dp", 2, 8)[0];
  training_.dtype = DType::bf16;
  const MemoryPeaks bf16 = predict("dp", 2, 8)[0];
  for (const Use use : {Use::parameters, Use::gradients, Use::activations, Use::communication})
    EXPECT_EQ(2 * bf16.of(use), f32.of(use));
  EXPECT_EQ(2 * (bf16.of(Use::batch) - 8 * sizeof(std::int32_t)), f32.of(Use::batch) - 8 * sizeof(std::int32_t));
  EXPECT_EQ(bf16.of(Use::workspace), f32.of(Use::workspace));
}

TEST_F(ByHand, what_there_is_before_a_batch) {
  training_.optimizer = kernels::AdamSettings{};
  const TrainingShape shape{
      .training = training_, .strategy = "dp", .options = options_, .devices = 2, .batches = {1000}};
  EXPECT_EQ(predict_fixed_memory(shape), 4U * 128 + 8);
}

TEST_F(ByHand, an_unknown_strategy_has_no_formula) { EXPECT_THROW(predict("fsdp", 2, 4), UsageError); }

struct PredictionCase {
  std::string strategy;
  std::size_t devices;
};

class MemoryPrediction : public ::testing::TestWithParam<PredictionCase> {
 protected:
  /// Trains and compares; the batches grow, shrink and grow.
  static void expect_equal(const TrainingWithData& subject, const StrategyOptions& options, std::size_t batch) {
    const auto& [strategy, devices] = GetParam();
    const std::vector<std::size_t> batches{batch, 1 + batch / 3, batch, batch + 3};
    const TrainingShape shape{
        .training = subject.training, .strategy = strategy, .options = options, .devices = devices, .batches = batches};
    World world = cpu::open_world({.ranks = static_cast<int>(devices)});
    const ShortTrainingRecord record = train_shortly(world, subject.training, subject.dataset,
                                                     {.strategy = strategy, .options = options, .batches = batches});
    const std::vector<MemoryComparison> comparison{{predict_memory(shape), record.accounts}};
    const CheckResult check = check_memory_prediction(comparison);
    EXPECT_EQ(check.verdict, Verdict::pass) << "batch " << batch << ": " << check.because;
    EXPECT_EQ(check.compared, devices * (use_names.size() + 1));
    for (const auto& rank : world.ranks) EXPECT_EQ(rank->device->account().total.current, 0U);
  }

  static std::vector<OptimizerSettings> optimizers() {
    return {kernels::SgdSettings{}, kernels::SgdSettings{.momentum = 0.9}, kernels::AdamSettings{},
            kernels::TernarySettings{}};
  }
};

TEST_P(MemoryPrediction, is_what_a_training_takes) {
  const TrainingWithData subject = real_training();
  for (const std::size_t micro_batches : {1U, 2U, 5U})
    for (const std::size_t batch : {1U, 2U, 5U, 10U, 64U})
      expect_equal(subject, {.micro_batches = micro_batches}, batch);
}

TEST_P(MemoryPrediction, holds_for_every_optimizer_and_both_losses) {
  for (const DType dtype : {DType::f32, DType::f64, DType::bf16})
    for (const bool has_labels : {false, true}) {
      TrainingWithData subject = has_labels ? real_training(dtype) : exact_training(dtype);
      for (const OptimizerSettings& optimizer : optimizers()) {
        subject.training.optimizer = optimizer;
        expect_equal(subject, {.micro_batches = 3}, 10);
      }
    }
}

TEST_P(MemoryPrediction, holds_for_tokens_and_what_layers_keep_by_row) {
  for (const DType dtype : {DType::f32, DType::f64})
    for (const std::size_t micro_batches : {1U, 3U})
      expect_equal(token_training(dtype), {.micro_batches = micro_batches}, 10);
}

TEST_P(MemoryPrediction, holds_for_other_splits) {
  const TrainingWithData subject = real_training();
  // The last device gets most, the first perhaps nothing.
  const Split last_gets_most = [](std::size_t rows, std::size_t devices) {
    std::vector<Rows> pieces = chunk(rows / 3, devices);
    std::ranges::reverse(pieces);
    std::size_t first = 0;
    for (Rows& piece : pieces) piece.first = first, first += piece.count;
    pieces.back().count += rows - first;
    return pieces;
  };
  for (const std::size_t batch : {1U, 2U, 5U, 10U, 64U})
    for (const std::size_t micro_batches : {1U, 3U})
      expect_equal(subject, {.split = last_gets_most, .micro_batches = micro_batches}, batch);
}

TEST_P(MemoryPrediction, holds_for_other_depths) {
  for (const std::vector<std::size_t>& widths : std::vector<std::vector<std::size_t>>{
           {20, 10}, {20, 3, 10}, {20, 30, 5, 10}, {20, 7, 50, 6, 10}, {20, 50, 3, 40, 2, 10}}) {
    TrainingWithData subject = real_training();
    subject.training.architecture = make_mlp(widths, Activation::relu, false);
    subject.training.initial_values = kaiming_uniform(subject.training.architecture.parameter_specs(), 1);
    expect_equal(subject, {}, 9);
  }
}

std::vector<PredictionCase> prediction_cases() {
  std::vector<PredictionCase> cases{{"single", 1}};
  for (const std::string strategy : {"dp", "ddp"})
    for (const std::size_t devices : {1U, 2U, 3U, 4U, 7U}) cases.push_back({strategy, devices});
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Cpu, MemoryPrediction, ::testing::ValuesIn(prediction_cases()), [](const auto& test) {
  return fmt::format("{}_{}_devices", test.param.strategy, test.param.devices);
});

}  // namespace
}  // namespace lockstep
