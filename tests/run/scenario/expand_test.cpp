#include "harness/run/scenario/expand.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/error.hpp"
#include "tests/run/scenario/scenario_text.hpp"

namespace lockstep {
namespace {

using testing::cases_of;
using ::testing::ElementsAre;
using testing::names_of;
using testing::valid_scenario;
using testing::with;

const std::string two_axes = with("devices", "devices = [1, 2]\nstrategy = [\"dp\", \"ddp\"]");

std::string usage_error(const std::vector<std::string>& overrides) {
  try {
    parse_overrides(overrides);
    return "";
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(Expand, WithoutAxesThereIsOneCase) {
  const std::vector<Case> cases = cases_of(valid_scenario());
  ASSERT_THAT(names_of(cases), ElementsAre("s"));
  EXPECT_TRUE(cases[0].axes.empty());
  EXPECT_THAT(cases[0].scenario.model.widths, ElementsAre(8, 4, 2));
  EXPECT_EQ(cases[0].scenario.train.batch, 16U);
  EXPECT_EQ(cases[0].scenario.train.steps, 8U);
}

TEST(Expand, EveryKeyReachesItsField) {
  const std::string text = R"(
schema = 1
name = "all"
family = "speedup"
question = "does it?"
[model]
kind = "mlp"
widths = [3, 2]
activation = "tanh"
bias = false
init = { constant = 0.5 }
[data]
source = "synthetic"
samples = 32
last_batch = "drop"
shuffle = false
[train]
batch = 4
steps = 5
loss = "mse"
optimizer = { kind = "adam", learning_rate = 0.5, weight_decay = 0.25, beta1 = 0.5, beta2 = 0.75, epsilon = 0.125 }
seed = 7
[run]
backend = "cpu"
strategy = "ddp"
devices = 2
split = "chunk"
scaling = "weak"
device_memory = "512 MiB"
warmup_steps = 1
repetitions = 9
max_repetitions = 11
relative_error = 0.25
max_time = "2 s"
first_bucket = "64 KiB"
bucket = 4096
deadline = "5 min"
[expect]
speedup = { min = 1.5 }
)";
  Scenario expected;
  expected.name = "all";
  expected.family = "speedup";
  expected.question = "does it?";
  expected.file = "s.toml";
  expected.model = {.kind = ModelSpec::Kind::mlp,
                    .widths = {3, 2},
                    .activation = ModelSpec::Activation::tanh,
                    .bias = false,
                    .init = {InitSpec::Constant{0.5}}};
  expected.data.samples = 32;
  expected.data.last_batch = DataSpec::LastBatch::drop;
  expected.data.shuffle = false;
  expected.train = {.batch = 4, .steps = 5, .epochs = 0, .loss = TrainSpec::Loss::mse, .optimizer = {}, .seed = 7};
  expected.train.optimizer = {.kind = OptimizerSpec::Kind::adam,
                              .learning_rate = 0.5,
                              .momentum = 0,
                              .nesterov = false,
                              .weight_decay = 0.25,
                              .beta1 = 0.5,
                              .beta2 = 0.75,
                              .epsilon = 0.125,
                              .threshold = 1};
  expected.run = {.backend = "cpu",
                  .devices = 2,
                  .strategy = RunSpec::Strategy::ddp,
                  .split = {SplitSpec::Rule::chunk},
                  .scaling = RunSpec::Scaling::weak,
                  .device_memory = 512 * MiB,
                  .warmup_steps = 1,
                  .repetitions = 9,
                  .max_repetitions = 11,
                  .relative_error = 0.25,
                  .max_time = Seconds{2},
                  .first_bucket = 64 * KiB,
                  .bucket = 4096,
                  .deadline = Seconds{300}};
  expected.expectations = {{.metric = "speedup", .where = {}, .min = 1.5, .max = {}}};
  EXPECT_EQ(cases_of(text)[0].scenario, expected);
}

TEST(Expand, TensorsToDumpReachTheirField) {
  const std::string text = with("", "[output]\ndump = [\"gradients\", \"parameters\", \"outputs\"]");
  EXPECT_THAT(cases_of(text)[0].scenario.output.dump,
              ElementsAre(OutputSpec::Dump::gradients, OutputSpec::Dump::parameters, OutputSpec::Dump::outputs));
}

TEST(Expand, RulesForUpdatesReachTheirFields) {
  const TrainSpec train = cases_of(with(
      "batch",
      "batch = 16\nclip_norm = 0.5\nschedule = { kind = \"cosine\", warmup_steps = 2, min_learning_rate = 0.01 }"))[0]
                              .scenario.train;
  EXPECT_EQ(train.clip_norm, 0.5);
  EXPECT_EQ(train.schedule,
            (ScheduleSpec{.kind = ScheduleSpec::Kind::cosine, .warmup_steps = 2, .min_learning_rate = 0.01}));
}

TEST(Expand, DefaultsThatDependOnOtherKeys) {
  const auto train = [](const std::string& line) {
    return cases_of(with("batch", "batch = 16\n" + line))[0].scenario.train;
  };
  EXPECT_EQ(train("").optimizer.learning_rate, 0.1);
  EXPECT_EQ(train("optimizer.kind = \"adam\"").optimizer.learning_rate, 0.001);
  EXPECT_EQ(train("optimizer = { kind = \"adam\", learning_rate = 0.1 }").optimizer.learning_rate, 0.1);
  EXPECT_EQ(train("optimizer.kind = \"adam\"").optimizer.weight_decay, 0);
  EXPECT_EQ(train("optimizer.kind = \"adamw\"").optimizer.learning_rate, 0.001);
  EXPECT_EQ(train("optimizer.kind = \"adamw\"").optimizer.weight_decay, 0.01);
  EXPECT_EQ(train("optimizer = { kind = \"adamw\", weight_decay = 0.0 }").optimizer.weight_decay, 0);
  EXPECT_EQ(train("").steps, 8U);
  const TrainSpec epochs =
      cases_of(with("family", "family = \"convergence\"", with("batch", "batch = 16\nepochs = 2")))[0].scenario.train;
  EXPECT_EQ(epochs.steps, 0U);
  EXPECT_EQ(epochs.epochs, 2U);
}

TEST(Expand, GlobalBatchGrowsWithDevicesUnderWeakScalingOnly) {
  const std::string text = with("devices", "devices = 4\nstrategy = \"dp\"\nscaling = [\"strong\", \"weak\"]");
  const std::vector<Case> cases = cases_of(text);
  ASSERT_EQ(cases.size(), 2U);
  EXPECT_EQ(cases[0].scenario.global_batch(), 16U);
  EXPECT_EQ(cases[1].scenario.global_batch(), 64U);
}

TEST(Expand, AxesMultiplyInTheOrderOfTheTable) {
  const std::vector<Case> cases = cases_of(with("batch", "batch = [32, 16]", two_axes));
  EXPECT_THAT(names_of(cases), ElementsAre("s/batch=32,strategy=dp,devices=1", "s/batch=32,strategy=dp,devices=2",
                                           "s/batch=32,strategy=ddp,devices=1", "s/batch=32,strategy=ddp,devices=2",
                                           "s/batch=16,strategy=dp,devices=1", "s/batch=16,strategy=dp,devices=2",
                                           "s/batch=16,strategy=ddp,devices=1", "s/batch=16,strategy=ddp,devices=2"));
  EXPECT_THAT(cases[3].axes, ElementsAre(Axis{"batch", "32"}, Axis{"strategy", "ddp"}, Axis{"devices", "2"}));
  EXPECT_EQ(cases[3].scenario.run.strategy, RunSpec::Strategy::ddp);
  EXPECT_EQ(cases[3].scenario.run.devices, 2U);
  EXPECT_EQ(cases[3].scenario.train.batch, 32U);
}

TEST(Expand, ListsOfListsAreAxesOfKeysThatAreLists) {
  EXPECT_THAT(names_of(cases_of(with("widths", "widths = [[8, 2], [8, 4, 2]]"))),
              ElementsAre("s/widths=[8,2]", "s/widths=[8,4,2]"));
  EXPECT_THAT(names_of(cases_of(with("widths", "widths = [8, 2]\ninit = [\"kaiming\", { constant = 1 }]"))),
              ElementsAre("s/init=kaiming", "s/init={constant=1.0}"));
}

TEST(Expand, AmbiguousKeysHaveLongerNames) {
  EXPECT_THAT(names_of(cases_of(with("batch", "batch = 16\noptimizer.kind = [\"sgd\", \"adam\"]"))),
              ElementsAre("s/optimizer.kind=sgd", "s/optimizer.kind=adam"));
}

TEST(Expand, SingleOnSeveralDevicesIsLeftOut) {
  EXPECT_THAT(names_of(cases_of(with("devices", "devices = [1, 2]\nstrategy = [\"single\", \"ddp\"]"))),
              ElementsAre("s/strategy=single,devices=1", "s/strategy=ddp,devices=1", "s/strategy=ddp,devices=2"));
}

TEST(Expand, ValuesWithoutEffectAreNotRepeated) {
  const std::string text =
      with("devices", "devices = 1\nstrategy = [\"single\", \"ddp\"]\nbucket = [\"1 MiB\", \"2 MiB\"]");
  EXPECT_THAT(names_of(cases_of(text)),
              ElementsAre("s/strategy=single,bucket=1MiB", "s/strategy=ddp,bucket=1MiB", "s/strategy=ddp,bucket=2MiB"));
}

TEST(Expand, PathsStartAtTheFolderOfTheFile) {
  const std::string text = with("source", "source = \"idx\"\nimages = \"../a\"\nlabels = \"/b\"");
  const std::vector<Case> cases = expand(parse_scenario(text, "/data/scenarios/s.toml"));
  EXPECT_EQ(cases.at(0).scenario.data.images, "/data/a");
  EXPECT_EQ(cases.at(0).scenario.data.labels, "/b");
  EXPECT_TRUE(cases.at(0).scenario.data.test_images.empty());
}

TEST(Expand, ACaseHasTheExpectationsThatApplyToIt) {
  const std::string text = two_axes + "[expect]\nloss = { max = 2 }\n" +
                           "\"speedup@strategy=ddp,run.devices=2\" = { min = 1.7 }\n" +
                           "\"speedup@devices=2\" = { max = 2 }\n";
  const std::vector<Case> cases = cases_of(text);
  ASSERT_EQ(cases.size(), 4U);
  EXPECT_EQ(cases[0].scenario.expectations.size(), 1U);
  EXPECT_EQ(cases[1].scenario.expectations.size(), 2U);
  ASSERT_EQ(cases[3].scenario.expectations.size(), 3U);
  const Expectation expected{
      .metric = "speedup", .where = {{"devices", "2"}, {"strategy", "ddp"}}, .min = 1.7, .max = {}};
  EXPECT_THAT(cases[3].scenario.expectations, ::testing::Contains(expected));
}

TEST(Expand, ExpectationsMaySpellValuesDifferently) {
  const std::string text =
      with("devices", "device_memory = [\"1 MiB\", \"2 MiB\"]") +
      "[expect]\n\"peak@device_memory=1 MiB\" = { max = 1 }\n\"peak@device_memory=2048 KiB\" = { max = 2 }";
  const std::vector<Case> cases = cases_of(text);
  ASSERT_EQ(cases.size(), 2U);
  EXPECT_EQ(cases[0].scenario.expectations.at(0).max, 1);
  EXPECT_EQ(cases[1].scenario.expectations.at(0).max, 2);
}

TEST(Override, ReplacesTheValuesOfAnAxis) {
  EXPECT_THAT(names_of(cases_of(two_axes, {"devices=4", "strategy=ddp"})), ElementsAre("s/strategy=ddp,devices=4"));
  EXPECT_THAT(names_of(cases_of(two_axes, {"run.strategy=ddp", "devices=2,4"})),
              ElementsAre("s/strategy=ddp,devices=2", "s/strategy=ddp,devices=4"));
}

TEST(Override, MakesAnAxisOfSeveralValuesOnly) {
  EXPECT_THAT(names_of(cases_of(valid_scenario(), {"batch=4,8"})), ElementsAre("s/batch=4", "s/batch=8"));
  const std::vector<Case> cases = cases_of(valid_scenario(), {"batch=4"});
  EXPECT_THAT(names_of(cases), ElementsAre("s"));
  EXPECT_EQ(cases[0].scenario.train.batch, 4U);
}

TEST(Override, ReadsEveryTypeOfValue) {
  EXPECT_THAT(names_of(cases_of(valid_scenario(), {"widths=[8,2],[8,4,2]"})),
              ElementsAre("s/widths=[8,2]", "s/widths=[8,4,2]"));
  const Scenario s = cases_of(valid_scenario(), {"learning_rate=0.5", "bias=false", "device_memory=1 MiB",
                                                 "init={ constant = 2 }", "activation=none", "deadline=\"2 min\""})[0]
                         .scenario;
  EXPECT_EQ(s.train.optimizer.learning_rate, 0.5);
  EXPECT_FALSE(s.model.bias);
  EXPECT_EQ(s.run.device_memory, MiB);
  EXPECT_EQ(s.model.init, InitSpec{InitSpec::Constant{2}});
  EXPECT_EQ(s.model.activation, ModelSpec::Activation::none);
  EXPECT_EQ(s.run.deadline, Seconds{120});
}

TEST(Override, MayLeaveKeysAndExpectationsWithoutACase) {
  const std::string text = two_axes + "bucket = \"1 MiB\"\n[expect]\n\"speedup@devices=2\" = { min = 1.5 }";
  const std::vector<Case> cases = cases_of(text, {"devices=1", "strategy=ddp"});
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_TRUE(cases[0].scenario.expectations.empty());
  EXPECT_EQ(cases_of(text, {"strategy=dp"}).size(), 2U);
}

TEST(Override, IsCheckedLikeTheFile) {
  EXPECT_THROW(cases_of(valid_scenario(), {"batch=9000"}), InputError);
  EXPECT_EQ(usage_error({"devices=0"}), "-a \"devices=0\": out of range, got 0; expected an integer from 1 to 64");
  EXPECT_EQ(usage_error({"activation=ReLU"}),
            "-a \"activation=ReLU\": unknown name, got \"ReLU\"; expected \"relu\", \"tanh\" or \"none\"");
  EXPECT_EQ(usage_error({"devces=2"}), "-a \"devces=2\": unknown key \"devces\"; did you mean \"devices\"?");
  EXPECT_EQ(usage_error({"kind=mlp"}),
            "-a \"kind=mlp\": \"kind\" could be \"model.kind\", \"train.optimizer.kind\" or \"train.schedule.kind\"");
  EXPECT_EQ(usage_error({"devices"}), "-a \"devices\": no value; expected key=value or key=value,value");
  EXPECT_EQ(usage_error({"devices=1,01"}),
            "-a \"devices=1,01\": wrong type, got string \"01\"; expected an integer from 1 to 64");
  EXPECT_EQ(usage_error({"devices=1,1"}), "-a \"devices=1,1\": value given twice, got \"1\"");
  EXPECT_EQ(usage_error({"devices=1", "run.devices=2"}), "-a \"run.devices=2\": run.devices is given twice");
  EXPECT_EQ(usage_error({"devices="}),
            "-a \"devices=\": wrong type, got string \"\"; expected an integer from 1 to 64");
  EXPECT_NE(usage_error({"name=a,b"}), "");
  EXPECT_NE(usage_error({"devices=1\nbatch = 2"}), "") << "a value cannot bring other keys along";
  EXPECT_NE(usage_error({"=1"}), "");
}

}  // namespace
}  // namespace lockstep
