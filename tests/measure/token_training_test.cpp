// Decoders of tokens train the same on any number of devices, and the checks see when their dropout does not.
#include <gtest/gtest.h>

#include "harness/device/cpu/cpu_world.hpp"
#include "harness/measure/checks/checks.hpp"
#include "harness/measure/recording.hpp"
#include "harness/train/layers/dropout.hpp"
#include "tests/doubles/trainings.hpp"

namespace lockstep {
namespace {

/// The fault of a mask that counts the rows of a device's piece instead of the global batch.
class DropoutByPiece : public Dropout {
 public:
  using Dropout::Dropout;
  void forward(Stream& stream, const Forward& pass) const override {
    Dropout::forward(stream, {.memory = pass.memory,
                              .inputs = pass.inputs,
                              .y = pass.y,
                              .mode = pass.mode,
                              .place = {.step = pass.place.step, .first_row = 0}});
  }
  void backward(Stream& stream, const Backward& pass) const override {
    Dropout::backward(stream, {.memory = pass.memory,
                               .x = pass.x,
                               .y = pass.y,
                               .dy = pass.dy,
                               .dx = pass.dx,
                               .into = pass.into,
                               .ready = pass.ready,
                               .place = {.step = pass.place.step, .first_row = 0}});
  }
};

struct TokenCase {
  std::string strategy;
  int devices;
};

class TokenTraining : public ::testing::TestWithParam<TokenCase> {
 protected:
  static Recording record_of(const TrainingWithData& subject, const TokenCase& on) {
    World world = cpu::open_world({.ranks = on.devices});
    RecordingPlan plan;
    plan.strategy = on.strategy;
    plan.options = small_buckets;
    plan.options.micro_batches = 2;
    plan.batches = consecutive(11);
    return record(world, subject.training, subject.dataset, plan);
  }
  static std::vector<CheckResult> checks_of(const TrainingWithData& subject) {
    const TokenCase one{"single", 1};
    const Recording run = record_of(subject, GetParam());
    std::vector<CheckResult> checks =
        check_end_to_end(run, record_of(token_training(), one), record_of(token_training(DType::f64), one));
    checks.push_back(check_coverage(run));
    std::ranges::move(check_evidence(run), std::back_inserter(checks));
    return checks;
  }
};

TEST_P(TokenTraining, has_one_devices_gradients) {
  for (const CheckResult& check : checks_of(token_training()))
    EXPECT_EQ(check.verdict, Verdict::pass) << check.name << ": " << check.because;
}

TEST_P(TokenTraining, is_told_from_one_whose_dropout_depends_on_the_split) {
  TrainingWithData faulty = token_training();
  std::uint32_t layer = 0;
  for (Architecture::Node& node : faulty.training.architecture.nodes)
    if (dynamic_cast<const Dropout*>(node.layer.get()) != nullptr)
      node.layer = std::make_unique<DropoutByPiece>(0.1, 1, layer++);
  EXPECT_EQ(layer, 5U);
  EXPECT_EQ(checks_of(faulty)[0].verdict, Verdict::fail);
}

INSTANTIATE_TEST_SUITE_P(Cpu, TokenTraining,
                         ::testing::Values(TokenCase{"dp", 2}, TokenCase{"dp", 4}, TokenCase{"ddp", 2},
                                           TokenCase{"ddp", 3}, TokenCase{"ddp", 7}),
                         [](const auto& param) {
                           return param.param.strategy + "_" + std::to_string(param.param.devices);
                         });

}  // namespace
}  // namespace lockstep
