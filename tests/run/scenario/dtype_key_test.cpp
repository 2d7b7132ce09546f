// What numbers are stored in: train.dtype.
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
using testing::with;

/// A smooth network on devices of a strategy.
std::string stored_in(const std::string& dtype, const std::string& activation = "tanh",
                      const std::string& run = "devices = 2\nstrategy = \"ddp\"") {
  return with("batch", "batch = 4\ndtype = " + dtype,
              with("widths", "widths = [8, 4, 2]\nactivation = \"" + activation + "\"", with("devices", run)));
}

TEST(DtypeKey, IsAnAxis) {
  const auto cases = cases_of(stored_in("[\"f32\", \"bf16\"]"));
  EXPECT_THAT(names_of(cases), ElementsAre("s/dtype=f32", "s/dtype=bf16"));
  EXPECT_EQ(cases[1].scenario.train.dtype, TrainSpec::Type::bf16);
  EXPECT_NE(cases[0].scenario.hash(), cases[1].scenario.hash());
}

TEST(DtypeKey, WithoutItNothingChanges) {
  EXPECT_EQ(cases_of(stored_in("\"f32\""))[0].scenario.hash(),
            cases_of(with("dtype", "", stored_in("\"f32\"")))[0].scenario.hash());
}

TEST(DtypeKey, WrongValues) {
  EXPECT_THAT(error_of(stored_in("\"fp16\"")),
              HasSubstr("train.dtype: unknown name, got \"fp16\"; expected \"f32\" or \"bf16\""));
  EXPECT_THAT(error_of(stored_in("16")), HasSubstr("train.dtype: wrong type, got integer 16"));
}

TEST(DtypeKey, Contradictions) {
  EXPECT_EQ(error_of(stored_in("\"bf16\"")), "");
  EXPECT_THAT(error_of(stored_in("\"bf16\"", "relu")),
              HasSubstr("train.dtype: bf16 rounds so much that \"relu\" has no sample away from its kinks, got "
                        "\"bf16\" with model.activation = \"relu\"; expected"));
  EXPECT_EQ(error_of(with("family", "family = \"speedup\"", stored_in("\"bf16\"", "relu"))), "");
  EXPECT_THAT(error_of(with("family", "family = \"imbalance\"", stored_in("\"bf16\""))),
              HasSubstr("train.dtype: bf16 keeps 8 bits, too few to see the bias of a mean of the devices' means"));
  const std::string on_gpus = "devices = 2\nstrategy = \"ddp\"\nbackend = \"cuda\"\ntf32 = true";
  EXPECT_THAT(error_of(with("family", "family = \"speedup\"", stored_in("\"bf16\"", "tanh", on_gpus))),
              HasSubstr("train.dtype: TF32 is a way to multiply float32, got \"bf16\" with run.tf32 = true"));
  const std::string checkpoint = with("family", "family = \"checkpoint\"", stored_in("\"bf16\""));
  EXPECT_EQ(error_of(checkpoint), "");
  EXPECT_THAT(error_of(checkpoint + "\n[checkpoint]\nresume_devices = 3\n"),
              HasSubstr("train.dtype: bf16 keeps 8 bits, too few to compare other devices that go on"));
}

TEST(DtypeKey, ACollectiveOnItsOwnHasNone) {
  EXPECT_THAT(error_of("schema = 1\nname = \"c\"\nfamily = \"communication\"\n[train]\ndtype = \"bf16\"\n[run]\n"
                       "devices = 2\n[communication]\ncollective = \"all_reduce\"\n"),
              HasSubstr("train.dtype"));
}

}  // namespace
}  // namespace lockstep
