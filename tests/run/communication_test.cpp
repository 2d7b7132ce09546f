#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/device/collective.hpp"
#include "harness/device/cpu/topology.hpp"
#include "harness/run/families/family.hpp"
#include "harness/run/result_json.hpp"
#include "harness/run/scenario/names.hpp"
#include "tests/run/small_cases.hpp"
#include "tests/run/temporary_folder.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class CommunicationFamily : public testing::FolderTest {
 protected:
  CaseResult run(const Case& one) {
    samples_.clear();
    const SampleSink sink = [&](const Sample& sample) { ++samples_[std::string{sample.metric}]; };
    CaseResult result = run_communication({one, sink, folder_});
    conclude(result);
    return result;
  }
  std::map<std::string, int> samples_;  // how many, by metric
};

std::vector<std::string> names_of(const auto& named) {
  std::vector<std::string> names;
  for (const auto& one : named) names.push_back(one.name);
  return names;
}

std::optional<double> value_of(const CaseResult& result, std::string_view name) {
  const auto metric = std::ranges::find(result.metrics, name, &Metric::name);
  if (metric == result.metrics.end()) ADD_FAILURE() << "no metric " << name;
  return metric->value;
}

Case collective_case(std::string_view collective, std::size_t devices) {
  Case one;
  one.name = "collective";
  one.scenario.family = "communication";
  one.scenario.run.devices = devices;
  one.scenario.communication = {.collective = std::string{collective},
                                .min_size = 4 * KiB,
                                .max_size = 40 * KiB,
                                .iterations = 3,
                                .warmup_iterations = 1};
  return one;
}

Case training_case(std::string_view run_lines) {
  Case one = testing::timed_case(std::string{run_lines});
  one.scenario.family = "communication";
  return one;
}

TEST(CollectiveNames, ThatAScenarioMayUseAreThoseThatCarrySomething) {
  std::vector<std::string_view> expected{collective_names.begin(), collective_names.end()};
  std::erase(expected, name_of(Collective::barrier));
  EXPECT_EQ(std::vector(collective_choices.begin(), collective_choices.end()), expected);
}

TEST_F(CommunicationFamily, CollectivesAreRightAtEverySize) {
  for (const std::string_view collective : collective_choices)
    for (const std::size_t devices : {1U, 2U, 3U}) {
      SCOPED_TRACE(fmt::format("{} on {}", collective, devices));
      const CaseResult result = run(collective_case(collective, devices));
      ASSERT_FALSE(result.checks.empty());
      EXPECT_EQ(result.checks.front().name, "collective_results");
      EXPECT_EQ(result.checks.front().verdict, Verdict::pass);
      EXPECT_GT(result.checks.front().compared, 0U);
      EXPECT_THAT(result.bandwidth, SizeIs(2 * 4)) << "4, 8, 16 and 32 KiB, out of place and in place";
    }
}

TEST_F(CommunicationFamily, CollectivesAreTimedWhereEveryDeviceHasACore) {
  if (cpu::usable_cores().size() < 2) GTEST_SKIP() << "this machine has one core";
  const CaseResult result = run(collective_case("all_reduce", 2));
  EXPECT_THAT(names_of(result.checks), ElementsAre("collective_results", "plausibility:bandwidth"));
  for (const BandwidthRow& row : result.bandwidth) {
    ASSERT_TRUE(row.seconds && row.algbw && row.busbw);
    EXPECT_DOUBLE_EQ(*row.algbw, static_cast<double>(row.bytes) / *row.seconds);
    EXPECT_DOUBLE_EQ(*row.busbw, *row.algbw) << "2(n-1)/n is 1 for two";
  }
  EXPECT_THAT(samples_, SizeIs(8));
  EXPECT_EQ(samples_["time.in_place.4096"], 3);
  for (const std::string_view name :
       {"bus_bandwidth", "peak_bus_bandwidth", "alpha", "beta", "sqrt_term", "fit_residual", "copy_bandwidth"})
    EXPECT_TRUE(value_of(result, name)) << name;
  EXPECT_THAT(result.findings, SizeIs(1));
}

TEST_F(CommunicationFamily, OneDeviceHasNoBandwidth) {
  const CaseResult result = run(collective_case("broadcast", 1));
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  EXPECT_THAT(result.reason, ::testing::HasSubstr("one device"));
  for (const BandwidthRow& row : result.bandwidth) EXPECT_FALSE(row.busbw);
  EXPECT_FALSE(value_of(result, "bus_bandwidth"));
  EXPECT_FALSE(value_of(result, "alpha"));
}

TEST_F(CommunicationFamily, MoreDevicesThanCoresAreComparedButNotTimed) {
  const CaseResult result = run(collective_case("gather", cpu::usable_cores().size() + 1));
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  EXPECT_THAT(result.reason, ::testing::HasSubstr("timing not measurable"));
  for (const BandwidthRow& row : result.bandwidth) EXPECT_FALSE(row.seconds);
  EXPECT_THAT(samples_, IsEmpty());
}

TEST_F(CommunicationFamily, TrainingsMakeTheCollectivesOfTheirStrategy) {
  // Parameters: 8·16 + 16 + 16·4 + 4 = 212; a batch of 8 rows has 8 inputs and 4 outputs each.
  const CaseResult dp = run(training_case("strategy = \"dp\"\ndevices = 2"));
  EXPECT_EQ(dp.verdict, Verdict::pass) << dp.reason;
  std::map<std::string_view, std::pair<double, double>> traffic;
  for (const TrafficPerStep& entry : dp.traffic) traffic[entry.collective] = {entry.calls, entry.bytes};
  EXPECT_EQ(traffic["scatter"], std::pair(2.0, 8.0 * (8 + 4) * 4));
  EXPECT_EQ(traffic["broadcast"], std::pair(1.0, 212.0 * 4));
  EXPECT_EQ(traffic["gather"], std::pair(1.0, 8.0 * 4 * 4));
  EXPECT_EQ(traffic["reduce"], std::pair(1.0, 212.0 * 4));
  const CaseResult ddp =
      run(training_case("strategy = \"ddp\"\ndevices = 3\nfirst_bucket = \"64 B\"\nbucket = \"64 B\""));
  EXPECT_EQ(ddp.verdict, Verdict::pass) << ddp.reason;
  EXPECT_THAT(names_of(ddp.checks), ElementsAre("evidence:losses", "traffic"));
  EXPECT_DOUBLE_EQ(*value_of(ddp, "wire_bytes"), 2 * (3 - 1) / 3.0 * 212 * 4);
}

TEST_F(CommunicationFamily, TrafficOfASmallerLastBatchIsKnownToo) {
  Case one = training_case("strategy = \"dp\"\ndevices = 3");
  one.scenario.train.batch = 24;  // 24, 24 and 16 of 64 samples
  const CaseResult result = run(one);
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
}

TEST_F(CommunicationFamily, TrainingsSayWhatIsExposedAndWhoWaits) {
  if (cpu::usable_cores().size() < 2) GTEST_SKIP() << "this machine has one core";
  const CaseResult dp = run(training_case("strategy = \"dp\"\ndevices = 2"));
  EXPECT_EQ(value_of(dp, "overlap"), 0.0) << "all of dp's collectives stop the computation";
  EXPECT_EQ(value_of(dp, "exposed_communication"), value_of(dp, "communication_time"));
  EXPECT_THAT(dp.waits, SizeIs(2));
  EXPECT_THAT(dp.findings, SizeIs(2));
  const CaseResult single = run(training_case(""));
  EXPECT_EQ(value_of(single, "communication_time"), 0.0);
  EXPECT_FALSE(value_of(single, "overlap")) << "not 0: there is nothing to hide";
  EXPECT_THAT(single.findings, ElementsAre("Nothing is communicated."));
}

TEST_F(CommunicationFamily, TrainingsOnSharedCoresAreNotTimed) {
  const std::size_t devices = cpu::usable_cores().size() + 1;
  const CaseResult result = run(training_case(fmt::format("strategy = \"ddp\"\ndevices = {}", devices)));
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  EXPECT_FALSE(value_of(result, "exposed_communication"));
  EXPECT_TRUE(value_of(result, "wire_bytes")) << "counted, not timed";
  EXPECT_THAT(result.waits, IsEmpty());
  EXPECT_THAT(result.phases, IsEmpty());
}

TEST_F(CommunicationFamily, ResultsAreWrittenWithTheirUnitsAndNulls) {
  const Json json = outcome_json(run(collective_case("all_gather", 1)));
  const Json row = json["bandwidth"][1];
  EXPECT_EQ(row["bytes"], 4096);
  EXPECT_EQ(row["count"], 1024);
  EXPECT_EQ(row["type"], "float");
  EXPECT_EQ(row["redop"], "none");
  EXPECT_EQ(row["root"], -1);
  EXPECT_EQ(row["in_place"], true);
  EXPECT_EQ(row["busbw"], nullptr);
  EXPECT_EQ(row["wrong"], 0);
}

}  // namespace
}  // namespace lockstep
