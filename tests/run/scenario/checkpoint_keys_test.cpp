// The keys of family "checkpoint": what goes together and what is left out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/run/scenario/scenario_text.hpp"

namespace lockstep {
namespace {

using testing::cases_of;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using testing::names_of;
using ::testing::SizeIs;
using testing::with;

/// A scenario of the family on real data, with these lines in [train], [run] and [checkpoint].
std::string checkpoint_scenario(std::string_view train, std::string_view run, std::string_view checkpoint) {
  return with("family", "family = \"checkpoint\"",
              with("widths", "widths = [8, 4, 2]\nactivation = \"tanh\"",
                   with("batch", "batch = 16\n" + std::string{train},
                        with("devices", std::string{run} + "\n[checkpoint]\n" + std::string{checkpoint}))));
}

TEST(CheckpointKeys, belong_to_their_family) {
  EXPECT_THAT(error_of(with("", "[checkpoint]\nsave_after = 2")),
              HasSubstr("checkpoint.save_after: has no effect, got 2; expected only with `family` \"checkpoint\""));
}

TEST(CheckpointKeys, who_goes_on_is_who_saved_by_default) {
  const Scenario same = cases_of(checkpoint_scenario("", "strategy = \"dp\"\ndevices = 3", ""))[0].scenario;
  EXPECT_EQ(same.resumed_run(), same.run);
  const Scenario other = cases_of(checkpoint_scenario("", "strategy = \"dp\"\ndevices = 3",
                                                      "resume_strategy = \"ddp\"\nresume_devices = 2"))[0]
                             .scenario;
  EXPECT_EQ(other.resumed_run().strategy, RunSpec::Strategy::ddp);
  EXPECT_EQ(other.resumed_run().devices, 2U);
}

TEST(CheckpointKeys, single_on_several_devices_is_left_out_on_both_sides) {
  EXPECT_THAT(
      names_of(cases_of(checkpoint_scenario("", "strategy = [\"single\", \"dp\"]\ndevices = [1, 2]",
                                            "resume_strategy = [\"single\", \"ddp\"]\nresume_devices = [1, 2]"))),
      SizeIs(3 * 3));
  EXPECT_THAT(names_of(cases_of(checkpoint_scenario("", "devices = 1", "resume_devices = [1, 2]"))),
              ElementsAre("s/resume_devices=1"));
  EXPECT_THAT(error_of(checkpoint_scenario("", "devices = 1", "resume_devices = 2")),
              HasSubstr("checkpoint.resume_strategy: \"single\" runs on one device, got 2 that go on"));
}

TEST(CheckpointKeys, a_step_must_be_left) {
  EXPECT_EQ(error_of(checkpoint_scenario("steps = 5", "devices = 1", "save_after = 4")), "");
  EXPECT_THAT(
      error_of(checkpoint_scenario("steps = 5", "devices = 1", "save_after = 5")),
      HasSubstr("checkpoint.save_after: no step is left to go on with, got 5; expected less than train.steps = 5"));
  EXPECT_THAT(error_of(checkpoint_scenario("steps = 65", "devices = 1", "save_after = 5")),
              HasSubstr("train.steps: family \"checkpoint\" keeps every step, got 65"));
  EXPECT_THAT(error_of(checkpoint_scenario("epochs = 2", "devices = 1", "save_after = 5")),
              HasSubstr("train.epochs: family \"checkpoint\" keeps every step, got epochs = 2"));
}

TEST(CheckpointKeys, the_middle_of_a_step_needs_micro_batches) {
  EXPECT_EQ(error_of(checkpoint_scenario("micro_batches = 2", "devices = 1", "after_micro_batch = 1")), "");
  EXPECT_THAT(error_of(checkpoint_scenario("micro_batches = 2", "devices = 1", "after_micro_batch = 2")),
              HasSubstr("checkpoint.after_micro_batch: is not within a step, got 2; expected less than "
                        "train.micro_batches = 2"));
}

TEST(CheckpointKeys, another_number_of_devices_needs_the_same_batch) {
  const std::string weak = "strategy = \"ddp\"\ndevices = 2\nscaling = \"weak\"";
  EXPECT_EQ(error_of(checkpoint_scenario("", weak, "")), "");
  EXPECT_THAT(error_of(checkpoint_scenario("", weak, "resume_devices = 3")),
              HasSubstr("run.scaling: \"weak\" makes the batch of 3 devices another than that of 2"));
}

TEST(CheckpointKeys, kinks_are_for_the_same_arithmetic_only) {
  const auto relu = [](std::string_view checkpoint) {
    return with("activation", "activation = \"relu\"",
                checkpoint_scenario("", "strategy = \"ddp\"\ndevices = 2", checkpoint));
  };
  EXPECT_EQ(error_of(relu("")), "");
  EXPECT_EQ(error_of(relu("resume_devices = 2")), "");
  EXPECT_THAT(error_of(relu("resume_devices = 3")), HasSubstr("model.activation: \"relu\" has kinks"));
  EXPECT_THAT(error_of(relu("resume_strategy = \"dp\"")), HasSubstr("model.activation: \"relu\" has kinks"));
}

TEST(CheckpointKeys, batch_normalisation_is_for_the_same_pieces_only) {
  const auto normalised = [](std::string_view checkpoint) {
    return with("widths", "kind = \"resnet\"\ndepth = 8\nimage = [1, 4, 4]",
                checkpoint_scenario("", "strategy = \"ddp\"\ndevices = 2", checkpoint));
  };
  EXPECT_EQ(error_of(normalised("resume_devices = 2")), "");
  EXPECT_THAT(error_of(normalised("resume_devices = 3")), HasSubstr("model.normalization: \"batch\" normalises"));
}

TEST(CheckpointKeys, a_decoder_of_tokens_has_no_kinks) {
  const std::string model =
      with("activation", "",
           with("widths", "kind = \"gpt\"\ncontext = 4",
                checkpoint_scenario("", "strategy = \"ddp\"\ndevices = 2", "resume_devices = 3")));
  EXPECT_EQ(error_of(model), "");
}

TEST(CheckpointKeys, buckets_are_also_those_of_the_ddp_that_goes_on) {
  const auto cases = cases_of(
      checkpoint_scenario("", "strategy = \"dp\"\ndevices = 2\nbucket = \"4 B\"", "resume_strategy = \"ddp\""));
  EXPECT_EQ(cases[0].scenario.run.bucket, 4U);
}

TEST(CheckpointKeys, what_is_timed_does_not_change_what_is_computed) {
  const auto hash = [](std::string_view checkpoint) {
    return cases_of(checkpoint_scenario("", "devices = 1", checkpoint))[0].scenario.hash();
  };
  EXPECT_EQ(hash("measured_saves = 9"), hash(""));
  EXPECT_NE(hash("save_after = 4"), hash(""));
  EXPECT_NE(hash("prefix = \"module\""), hash(""));
}

}  // namespace
}  // namespace lockstep
