// Cases of family imbalance on small trainings. Times are looked at for being there, never for their size.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/device/cpu/topology.hpp"
#include "harness/run/families/family.hpp"
#include "harness/run/setup.hpp"
#include "tests/run/small_cases.hpp"
#include "tests/run/temporary_folder.hpp"

namespace lockstep {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

std::vector<std::string> names_of(const auto& named) {
  std::vector<std::string> names;
  for (const auto& one : named) names.push_back(one.name);
  return names;
}

class ImbalanceFamily : public testing::FolderTest {
 protected:
  CaseResult run(const Case& one) {
    const SampleSink nowhere = [](const Sample&) {};
    CaseResult result = run_imbalance({one, nowhere, folder_});
    conclude(result);
    return result;
  }
  static Case imbalance_case(const std::string& run_lines, std::size_t batch = 8) {
    Case one = testing::timed_case(run_lines);
    one.scenario.family = "imbalance";
    one.scenario.train.batch = batch;
    return one;
  }
  static std::optional<double> value_of(const CaseResult& result, std::string_view name) {
    const auto metric = std::ranges::find(result.metrics, name, &Metric::name);
    return metric == result.metrics.end() ? std::nullopt : metric->value;
  }
  static bool has_two_cores() { return cpu::usable_cores().size() >= 2; }
};

TEST_F(ImbalanceFamily, MeasuresASplitAgainstOneDevice) {
  if (!has_two_cores()) GTEST_SKIP() << "two devices cannot be timed on one core";
  for (const std::string strategy : {"dp", "ddp"}) {
    const CaseResult result =
        run(imbalance_case("strategy = \"" + strategy + "\"\ndevices = 2\nsplit = { sizes = [6, 2] }"));
    EXPECT_NE(result.verdict, Verdict::fail) << result.reason;
    EXPECT_THAT(names_of(result.metrics),
                ElementsAre("gradient_bias", "predicted_gradient_bias", "used_device_share", "row_utilisation",
                            "step_time", "baseline_step_time", "speedup", "imbalance", "lost_capacity", "split_bound",
                            "time_over_bound", "imbalance_penalty"));
    for (const Metric& metric : result.metrics) EXPECT_TRUE(metric.value) << metric.name;
    EXPECT_EQ(value_of(result, "row_utilisation"), 8.0 / 12);
    EXPECT_EQ(value_of(result, "used_device_share"), 1);
    EXPECT_THAT(result.pieces, ElementsAre(ElementsAre(6, 2)));
    EXPECT_THAT(names_of(result.checks),
                IsSupersetOf({"end_to_end:one_device", "end_to_end:f64", "reduction", "coverage",
                              "weighted_loss_removes_bias", "evidence:losses", "same_losses", "breakdown"}));
    EXPECT_THAT(result.findings, Contains(HasSubstr("a mean of the devices' means would be off by")));
    EXPECT_THAT(result.findings, Contains(HasSubstr("straggler")));
    EXPECT_THAT(result.findings, Contains(HasSubstr("forward and backward of the last device take")));
    EXPECT_THAT(result.phases, Not(IsEmpty()));
  }
}

TEST_F(ImbalanceFamily, FindsASplitBySpeedAndComparesItWithChunks) {
  if (!has_two_cores()) GTEST_SKIP() << "two devices cannot be timed on one core";
  Case one = imbalance_case("strategy = \"ddp\"\ndevices = 2\nslow_device = 1\nslow_factor = 500", 64);
  one.scenario.run.split = {SplitSpec::Rule::speed};
  const CaseResult result = run(one);
  EXPECT_NE(result.verdict, Verdict::fail) << result.reason;
  EXPECT_TRUE(value_of(result, "speed_split_gain"));
  EXPECT_FALSE(value_of(result, "speedup")) << "the baseline has several devices too";
  ASSERT_EQ(result.pieces.size(), 1U);
  EXPECT_EQ(result.pieces[0][0] + result.pieces[0][1], 64U);
  EXPECT_GT(result.pieces[0][0], result.pieces[0][1]) << "the device that is 500 times as slow gets less";
  EXPECT_THAT(result.findings, Contains(HasSubstr(" instead of 32:32")));
}

TEST_F(ImbalanceFamily, AMeanOfMeansIsADocumentedDifference) {
  const CaseResult result =
      run(imbalance_case("strategy = \"ddp\"\ndevices = 2\nsplit = { sizes = [6, 2] }\naveraging = \"devices\""));
  EXPECT_NE(result.verdict, Verdict::fail) << result.reason;
  EXPECT_THAT(names_of(result.checks), Contains("documented:mean_of_means"));
  EXPECT_THAT(names_of(result.checks), Not(Contains("weighted_loss_removes_bias")));
  EXPECT_THAT(names_of(result.checks), Not(Contains("same_losses"))) << "it descends along another gradient";
  EXPECT_NEAR(*value_of(result, "gradient_bias"), *value_of(result, "predicted_gradient_bias"), 1e-5);
  EXPECT_GT(*value_of(result, "gradient_bias"), 0.01);
  EXPECT_THAT(result.findings, Contains(HasSubstr("the mean of the devices' means is off the global mean by")));
}

TEST_F(ImbalanceFamily, EvenPiecesHaveNoBias) {
  const CaseResult result = run(imbalance_case("strategy = \"ddp\"\ndevices = 2"));
  EXPECT_NE(result.verdict, Verdict::fail) << result.reason;
  EXPECT_THAT(names_of(result.checks), Not(Contains("weighted_loss_removes_bias")));
  EXPECT_LT(*value_of(result, "predicted_gradient_bias"), 1e-12);
  EXPECT_THAT(result.findings, Contains("all pieces are equally large, so a mean of the devices' means has no bias"));
}

TEST_F(ImbalanceFamily, ExactDataHasOneDevicesBits) {
  Case one = testing::exact_case("strategy = \"dp\"\ndevices = 3\nsplit = { sizes = [0, 5, 3] }");
  one.scenario.family = "imbalance";
  const CaseResult result = run(one);
  EXPECT_NE(result.verdict, Verdict::fail) << result.reason;
  EXPECT_THAT(names_of(result.checks), IsSupersetOf({"exact", "weighted_loss_removes_bias"}));
  const auto removed = std::ranges::find(result.checks, "weighted_loss_removes_bias", &CheckResult::name);
  EXPECT_EQ(removed->limit, 0.0);
  EXPECT_EQ(value_of(result, "gradient_bias"), 0);
}

// B03: nine samples over eight devices use five of them.
TEST_F(ImbalanceFamily, DevicesThatShareCoresAreJudgedWithoutTimes) {
  if (cpu::usable_cores().size() >= 8) GTEST_SKIP() << "eight devices can be timed here";
  for (const SplitSpec::Rule split : {SplitSpec::Rule::chunk, SplitSpec::Rule::balanced}) {
    Case one = imbalance_case("strategy = \"dp\"\ndevices = 8", 9);
    one.scenario.run.split = {split};
    const CaseResult result = run(one);
    EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
    EXPECT_THAT(result.reason, HasSubstr("timing not measurable: 8 devices share"));
    EXPECT_FALSE(value_of(result, "step_time"));
    EXPECT_FALSE(value_of(result, "imbalance"));
    EXPECT_THAT(result.phases, IsEmpty());
    EXPECT_THAT(names_of(result.checks), IsSupersetOf({"end_to_end:f64", "coverage", "same_losses"}));
    EXPECT_TRUE(value_of(result, "gradient_bias"));
    if (split == SplitSpec::Rule::balanced) continue;
    EXPECT_THAT(result.pieces, Contains(ElementsAre(2, 2, 2, 2, 1, 0, 0, 0)));
    EXPECT_THAT(result.findings, Contains("9 rows over 8 devices use 5 of them"));
    EXPECT_THAT(names_of(result.checks), Contains("documented:fewer_pieces_than_devices"));
  }
}

TEST_F(ImbalanceFamily, WithoutTimesSpeedsAreThoseAskedFor) {
  if (cpu::usable_cores().size() >= 8) GTEST_SKIP() << "eight devices can be timed here";
  Case one = imbalance_case("strategy = \"ddp\"\ndevices = 8\nslow_device = 7\nslow_factor = 2", 16);
  one.scenario.run.split = {SplitSpec::Rule::speed};
  const CaseResult result = run(one);
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  EXPECT_THAT(result.pieces, Contains(ElementsAre(3, 2, 2, 2, 2, 2, 2, 1)));
  EXPECT_FALSE(value_of(result, "speed_split_gain"));
}

TEST_F(ImbalanceFamily, OneDeviceIsAlone) {
  const CaseResult result = run(imbalance_case("strategy = \"single\""));
  EXPECT_NE(result.verdict, Verdict::fail) << result.reason;
  EXPECT_EQ(value_of(result, "imbalance"), 0);
  EXPECT_FALSE(value_of(result, "gradient_bias"));
}

}  // namespace
}  // namespace lockstep
