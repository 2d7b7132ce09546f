// The metadata of checkpoints: what fits a run, and entries 72 to 75 of the catalogue of bad input.
#include "harness/measure/state/run_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/error.hpp"
#include "tests/doubles/small_resumption.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Pair;

const RunPlace saver{"ddp", 2};

class RunFactsTest : public ::testing::Test {
 protected:
  /// As the store gives it back, after 5 steps, or within the step after them.
  [[nodiscard]] Metadata saved(std::uint64_t micro_batch = 0) const {
    TrainingState state;
    state.position = {saved_after, micro_batch};
    state.replica.optimizer_steps = saved_after;
    if (micro_batch > 0) state.accumulated.resize(2);
    Metadata metadata = metadata_of(facts_of(subject_, saver), state, ParameterPrefix::module);
    metadata["step"] = std::to_string(saved_after);
    return metadata;
  }
  [[nodiscard]] Metadata with(const std::string& key, const std::string& value, std::uint64_t micro_batch = 0) const {
    Metadata metadata = saved(micro_batch);
    metadata[key] = value;
    return metadata;
  }
  /// The error of loading it into the run that saved it, or into another.
  [[nodiscard]] std::string error_of(const Metadata& metadata) const {
    return error_of(metadata, facts_of(subject_, saver));
  }
  [[nodiscard]] static std::string error_of(const Metadata& metadata, const RunFacts& run) {
    try {
      facts_for(run, metadata, "FILE");
      return "";
    } catch (const InputError& error) {
      return error.what();
    }
  }

  const TrainingWithData subject_ = adam_training();
};

TEST_F(RunFactsTest, come_back_as_they_were_saved) {
  const SavedFacts facts = facts_for(facts_of(subject_, saver), saved(3), "FILE");
  EXPECT_EQ(facts.position, (Position{5, 3}));
  EXPECT_EQ(facts.optimizer_steps, 5);
  EXPECT_EQ(facts.parts, 2U);
  EXPECT_EQ(facts.prefix, ParameterPrefix::module);
  EXPECT_THAT(facts.notes, IsEmpty());
}

TEST_F(RunFactsTest, say_what_others_need_to_know) {
  EXPECT_THAT(saved(), IsSupersetOf({Pair("optimizer", "adam"),
                                     Pair("optimizer_settings",
                                          "learning_rate=0.01 beta1=0.9 beta2=0.999 epsilon=1e-08 "
                                          "weight_decay=0"),
                                     Pair("sampler.epoch", "0"), Pair("sampler.step_in_epoch", "5"), Pair("seed", "7"),
                                     Pair("strategy", "ddp"), Pair("world_size", "2")}));
  EXPECT_THAT(saved().at("random_state"), HasSubstr("no rank has a state of its own"));
}

TEST_F(RunFactsTest, E72_a_step_that_is_none) {
  EXPECT_THAT(error_of(with("step", "-1")), HasSubstr("\n  step: \"-1\" is not a whole number"));
  EXPECT_THAT(error_of(with("step", "5.0")), HasSubstr("\n  step: \"5.0\" is not a whole number"));
  EXPECT_THAT(error_of(with("step", "")), HasSubstr("\n  step: \"\" is not a whole number"));
  EXPECT_THAT(error_of(with("step", "99999999999999999999")), HasSubstr("is not a whole number"));
  EXPECT_THAT(error_of(with("step", "11")), HasSubstr("\n  step: 11 is more than 10, the steps of this run"));
  EXPECT_THAT(error_of(with("micro_batch", "4", 3)), HasSubstr("\n  micro_batch: 4 is more than 3, the last that"));
  EXPECT_THAT(error_of(with("optimizer_steps", "6")), HasSubstr("\n  optimizer_steps: 6 is more than 5"));
}

TEST_F(RunFactsTest, E72_nothing_is_unfinished_after_the_last_step) {
  Metadata metadata = saved();
  metadata["step"] = "10";
  metadata["sampler.step_in_epoch"] = "10";
  EXPECT_EQ(error_of(metadata), "");
  metadata["micro_batch"] = "1";
  EXPECT_THAT(error_of(metadata), HasSubstr("\n  micro_batch: 1 is more than 0"));
}

TEST_F(RunFactsTest, E73_another_world_is_said_and_allowed) {
  const SavedFacts facts = facts_for(facts_of(subject_, {"dp", 3}), saved(), "FILE");
  EXPECT_THAT(facts.notes, ElementsAre("Saved by \"ddp\" on 2 devices, loaded by \"dp\" on 3 devices."));
  RunFacts newer = facts_of(subject_, saver);
  newer.program = "lockstep 9";
  EXPECT_THAT(facts_for(newer, saved(), "FILE").notes,
              ElementsAre("Written by \"lockstep\", loaded by \"lockstep 9\"."));
}

TEST_F(RunFactsTest, E73_another_run_is_refused_with_all_that_differs) {
  TrainingWithData other = adam_training();
  other.training.optimizer = kernels::SgdSettings{.learning_rate = 0.5, .momentum = 0.9};
  RunFacts run = facts_of(other, saver);
  run.seed = 8;
  run.scenario_hash = "fedcba9876543210";
  EXPECT_EQ(error_of(saved(), run),
            "FILE: is not of this run:\n"
            "  optimizer: \"adam\", but this run has \"sgd\"\n"
            "  optimizer_settings: \"learning_rate=0.01 beta1=0.9 beta2=0.999 epsilon=1e-08 weight_decay=0\", but this "
            "run has \"learning_rate=0.5 momentum=0.9 nesterov=false weight_decay=0\"\n"
            "  scenario_hash: \"0123456789abcdef\", but this run has \"fedcba9876543210\"\n"
            "  seed: \"7\", but this run has \"8\"");
}

TEST_F(RunFactsTest, E73_other_rules_for_updates_are_refused) {
  TrainingWithData other = adam_training();
  other.training.rules = {
      .clip_norm = 0.5,
      .schedule = {.kind = Schedule::Kind::cosine, .warmup_steps = 3, .min_learning_rate = 0.001, .steps = 10}};
  EXPECT_EQ(error_of(saved(), facts_of(other, saver)),
            "FILE: is not of this run:\n"
            "  clip_norm: \"0\", but this run has \"0.5\"\n"
            "  schedule: \"constant\", but this run has \"cosine min_learning_rate=0.001 steps=10 warmup_steps=3\"");
  std::get<kernels::AdamSettings>(other.training.optimizer).decay = kernels::AdamSettings::Decay::of_value;
  EXPECT_THAT(error_of(saved(), facts_of(other, saver)),
              HasSubstr("\n  optimizer: \"adam\", but this run has \"adamw\""));
}

TEST_F(RunFactsTest, E73_a_world_that_cannot_be) {
  EXPECT_THAT(error_of(with("world_size", "many")), HasSubstr("\n  world_size: \"many\" is not a whole number"));
  EXPECT_THAT(error_of(with("world_size", "1000000")), HasSubstr("\n  world_size: 1000000 is more than"));
  EXPECT_THAT(error_of(with("accumulated_parts", "3", 2)), HasSubstr("\n  accumulated_parts: 3 is more than 2"));
  EXPECT_THAT(error_of(with("accumulated_parts", "0", 2)), HasSubstr("\n  accumulated_parts: 0 after 2 micro-batches"));
  EXPECT_THAT(error_of(with("accumulated_parts", "2")), HasSubstr("\n  accumulated_parts: 2 after 0 micro-batches"));
  EXPECT_THAT(error_of(with("parameter_prefix", "model.")), HasSubstr("\n  parameter_prefix: \"model.\", expected"));
}

TEST_F(RunFactsTest, E74_a_sampler_that_is_elsewhere) {
  EXPECT_THAT(error_of(with("sampler.epoch", "1")), HasSubstr("\n  sampler.epoch: \"1\", but this run has \"0\""));
  EXPECT_THAT(error_of(with("sampler.step_in_epoch", "16")), HasSubstr("\n  sampler.step_in_epoch: \"16\", but"));
  EXPECT_THAT(error_of(with("sampler.samples", "255")), HasSubstr("\n  sampler.samples: \"255\", but this run has"));
  EXPECT_THAT(error_of(with("sampler.batch", "17")), HasSubstr("\n  sampler.batch: \"17\", but this run has \"16\""));
  EXPECT_THAT(error_of(with("sampler.order", "sequential")), HasSubstr("\n  sampler.order: \"sequential\", but"));
}

// The order itself is computed anew: one that is no permutation, or another one, has another hash.
TEST_F(RunFactsTest, E74_an_order_that_is_not_the_samplers) {
  EXPECT_THAT(error_of(with("sampler.order_hash", "0000000000000000")), HasSubstr("\n  sampler.order_hash: "));
  RunFacts run = facts_of(subject_, saver);
  run.sampler = Sampler{subject_.dataset.size(), 16, SampleOrder::shuffled, LastBatch::keep, 8};
  EXPECT_THAT(error_of(saved(), run), HasSubstr("\n  sampler.order_hash: "));
}

TEST_F(RunFactsTest, E75_another_model_of_equal_sizes) {
  TrainingWithData other = adam_training();
  other.training.architecture = make_mlp({16, 20, 16, 10}, Activation::tanh, true);
  EXPECT_NE(model_hash(other.training), model_hash(subject_.training));
  EXPECT_THAT(error_of(saved(), facts_of(other, saver)), HasSubstr("\n  model_hash: "));
  TrainingWithData wide = adam_training();
  wide.training.dtype = DType::f64;
  EXPECT_THAT(error_of(saved(), facts_of(wide, saver)), HasSubstr("\n  dtype: \"F32\", but this run has \"F64\""));
}

TEST_F(RunFactsTest, every_entry_is_needed) {
  const Metadata complete = saved(2);
  for (const auto& [key, value] : complete) {
    Metadata lacking = complete;
    lacking.erase(key);
    EXPECT_THAT(error_of(lacking), HasSubstr(fmt::format("\n  {}: missing", key)));
  }
  EXPECT_EQ(error_of(complete), "");
}

}  // namespace
}  // namespace lockstep
