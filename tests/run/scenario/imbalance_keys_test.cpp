// Which device gets which rows, and how fast it is: run.split, run.slow_device, run.slow_factor.
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

std::string with_split(const std::string& split, const std::string& devices = "2",
                       const std::string& strategy = "\"ddp\"") {
  return with("devices", "devices = " + devices + "\nstrategy = " + strategy + "\nsplit = " + split);
}

TEST(SplitKey, IsARuleOrSizes) {
  const auto split_of = [](const std::string& split) { return cases_of(with_split(split))[0].scenario.run.split; };
  EXPECT_EQ(split_of("\"chunk\""), SplitSpec{});
  EXPECT_TRUE(split_of("\"balanced\"").is(SplitSpec::Rule::balanced));
  EXPECT_THAT(*split_of("{ sizes = [6, 2] }").sizes(), ElementsAre(6, 2));
  EXPECT_THAT(*split_of("{ sizes = [0, 1] }").sizes(), ElementsAre(0, 1));
}

TEST(SplitKey, IsAnAxis) {
  EXPECT_THAT(names_of(cases_of(with_split("[\"chunk\", \"balanced\", { sizes = [6, 2] }]"))),
              ElementsAre("s/split=chunk", "s/split=balanced", "s/split={sizes=[6,2]}"));
  EXPECT_THAT(names_of(cases_of(with_split("\"chunk\""), {"split={ sizes = [1, 3] },balanced"})),
              ElementsAre("s/split={sizes=[1,3]}", "s/split=balanced"));
}

TEST(SplitKey, WrongValues) {
  const std::string expected = "; expected \"chunk\", \"balanced\", \"speed\" or { sizes = [6, 2] }";
  const auto error = [](const std::string& split) { return error_of(with_split(split)); };
  EXPECT_EQ(error("\"even\""), "s.toml:13:9: run.split: unknown name, got \"even\"" + expected);
  EXPECT_EQ(error("3"), "s.toml:13:9: run.split: wrong type, got integer 3" + expected);
  EXPECT_THAT(error("{ size = [6, 2] }"), HasSubstr("run.split: unknown key, got \"size\"" + expected));
  EXPECT_THAT(error("{ sizes = [6, 2], more = 1 }"), HasSubstr("run.split: not exactly one key, got 2"));
  EXPECT_THAT(error("{}"), HasSubstr("run.split: not exactly one key, got 0"));
  EXPECT_THAT(error("{ sizes = 6 }"), HasSubstr("run.split: wrong type of sizes, got integer 6"));
  EXPECT_THAT(error("{ sizes = [] }"), HasSubstr("run.split: wrong number of sizes, got 0"));
  EXPECT_THAT(error("{ sizes = [6, -1] }"), HasSubstr("run.split: out of range, got -1"));
  EXPECT_THAT(error("{ sizes = [6, 1000001] }"), HasSubstr("run.split: out of range, got 1000001"));
  EXPECT_THAT(error("{ sizes = [6, 1.5] }"), HasSubstr("run.split: wrong type, got real 1.5"));
}

TEST(SplitKey, Contradictions) {
  EXPECT_EQ(error_of(with_split("{ sizes = [0, 0] }")),
            "s.toml:13:9: run.split: no device gets a row, got sizes that are all 0; expected one above 0");
  EXPECT_EQ(error_of(with_split("{ sizes = [6, 1, 1] }")),
            "s.toml:13:9: run.split: not one size for each device, got 3 sizes for 2 devices; expected 2");
  EXPECT_EQ(
      error_of(with_split("\"speed\"")),
      "s.toml:13:9: run.split: \"speed\" needs measured steps, got family \"equivalence\"; expected \"imbalance\", "
      "or another split");
  EXPECT_EQ(error_of(with_split("\"balanced\"", "1", "\"single\"")),
            "s.toml:13:9: run.split: has no effect, got balanced; expected only with `run.strategy` \"dp\" or \"ddp\"");
}

// In a product of axes each list of sizes goes with its own number of devices.
TEST(SplitKey, SizesForAnotherNumberOfDevicesAreLeftOut) {
  EXPECT_THAT(names_of(cases_of(with_split("[{ sizes = [6, 2] }, { sizes = [1, 0, 1] }]", "[2, 3]"))),
              ElementsAre("s/devices=2,split={sizes=[6,2]}", "s/devices=3,split={sizes=[1,0,1]}"));
  EXPECT_EQ(error_of(with_split("[{ sizes = [6, 2] }, { sizes = [1, 0, 1, 1] }]", "[2, 3]")),
            "s.toml:13:9: run.split: not one size for each device, got 4 sizes for 2 devices; expected 2 (in "
            "s/devices=2,split={sizes=[1,0,1,1]})\n"
            "s.toml:13:9: run.split: not one size for each device, got 4 sizes for 3 devices; expected 3 (in "
            "s/devices=3,split={sizes=[1,0,1,1]})");
}

std::string slowed(const std::string& lines, const std::string& family = "speedup") {
  return with("family", "family = \"" + family + "\"", with("devices", "devices = 2\nstrategy = \"ddp\"\n" + lines));
}

TEST(SlowDeviceKeys, SayWhichDeviceAndHowMuch) {
  const RunSpec run = cases_of(slowed("slow_device = 1\nslow_factor = 2.5"))[0].scenario.run;
  EXPECT_EQ(run.slow_device, 1U);
  EXPECT_EQ(run.slow_factor, 2.5);
  EXPECT_EQ(cases_of(slowed("slow_device = 1\nslow_factor = [1, 2, 4]")).size(), 3U);
}

TEST(SlowDeviceKeys, Contradictions) {
  EXPECT_EQ(error_of(slowed("slow_device = 2\nslow_factor = 2")),
            "s.toml:13:15: run.slow_device: no such device, got 2 with run.devices = 2; expected at most 1");
  EXPECT_THAT(error_of(slowed("slow_factor = 0.5")), HasSubstr("run.slow_factor: out of range, got 0.5"));
  EXPECT_EQ(error_of(slowed("slow_device = 1")),
            "s.toml:13:15: run.slow_device: has no effect, got 1; expected only with `run.slow_factor` above 1");
  EXPECT_EQ(error_of(slowed("slow_factor = 2", "equivalence")),
            "s.toml:13:15: run.slow_factor: has no effect, got 2.0; expected only with `family` \"speedup\", "
            "\"communication\" or \"imbalance\"");
}

TEST(AveragingKey, BelongsToDdpAndRounds) {
  const auto averaged = [](const std::string& strategy) {
    return with("devices", "devices = 2\nstrategy = " + strategy + "\naveraging = \"devices\"");
  };
  EXPECT_EQ(cases_of(averaged("\"ddp\""))[0].scenario.run.averaging, RunSpec::Averaging::devices);
  EXPECT_EQ(error_of(averaged("\"dp\"")),
            "s.toml:13:13: run.averaging: has no effect, got devices; expected only with `run.strategy` \"ddp\"");
  const std::string exact =
      with("source", "source = \"exact\"\nsamples = 64",
           with("widths", "widths = [8, 4, 2]\ninit = \"ternary\"",
                with("batch", "batch = 16\nloss = \"mse\"\noptimizer = { kind = \"ternary\" }", averaged("\"ddp\""))));
  EXPECT_THAT(error_of(exact), HasSubstr("run.averaging: not exact, got \"devices\"; expected \"samples\" with "
                                         "data.source = \"exact\""));
}

}  // namespace
}  // namespace lockstep
