#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/device/cpu/topology.hpp"
#include "harness/run/expectations.hpp"
#include "harness/run/families/family.hpp"
#include "harness/run/result_json.hpp"
#include "harness/run/scenario/document.hpp"
#include "harness/run/scenario/expand.hpp"
#include "harness/run/scenario/names.hpp"
#include "tests/run/small_cases.hpp"
#include "tests/run/temporary_folder.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using testing::exact_case;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using testing::learning_case;
using testing::timed_case;

std::vector<std::string> names_of(const auto& named) {
  std::vector<std::string> names;
  for (const auto& one : named) names.push_back(one.name);
  return names;
}

class FamilyTest : public testing::FolderTest {
 protected:
  CaseResult run(const Case& one) {
    samples_.clear();
    const SampleSink sink = [&](const Sample& sample) { samples_[std::string{sample.metric}].push_back(sample.value); };
    CaseResult result = family_named(one.scenario.family).run({one, sink, folder_});
    conclude(result);
    return result;
  }
  std::map<std::string, std::vector<double>> samples_;  // by metric
};

TEST_F(FamilyTest, EveryFamilyThatAScenarioMayNameIsThere) {
  for (const std::string_view name : family_names) EXPECT_EQ(family_named(name).name, name);
  EXPECT_THROW(family_named("comedy"), InternalError);
}

using EquivalenceFamily = FamilyTest;

TEST_F(EquivalenceFamily, OneDeviceIsComparedWithTheOracle) {
  const CaseResult result = run(exact_case());
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  EXPECT_THAT(names_of(result.checks), ElementsAre("exact", "coverage", "evidence:gradients", "evidence:movement",
                                                   "evidence:collectives", "repeatable"));
  EXPECT_THAT(samples_["loss"], ::testing::SizeIs(4));
}

TEST_F(EquivalenceFamily, SeveralDevicesAreComparedWithOne) {
  for (const char* strategy : {"dp", "ddp"}) {
    const CaseResult result = run(exact_case(fmt::format("strategy = \"{}\"\ndevices = 3", strategy)));
    EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
    EXPECT_THAT(names_of(result.checks), ElementsAre("exact", "reduction", "coverage", "replicas", "evidence:gradients",
                                                     "evidence:movement", "evidence:collectives", "repeatable"));
    EXPECT_THAT(result.checks, ::testing::Each(Field(&CheckResult::compared, ::testing::Gt(0U))));
    EXPECT_THAT(result.pieces, ElementsAre(ElementsAre(3, 3, 2)));
    EXPECT_THAT(result.traffic, ::testing::Not(IsEmpty()));
  }
}

TEST_F(EquivalenceFamily, AllDevicesGetTheSameLossesFromTheSameBatches) {
  run(exact_case());
  const std::vector<double> one = samples_["loss"];
  for (const char* strategy : {"dp", "ddp"}) {
    run(exact_case(fmt::format("strategy = \"{}\"\ndevices = 3", strategy)));
    EXPECT_EQ(samples_["loss"], one);
  }
}

TEST_F(EquivalenceFamily, FewerRowsThanDevicesIsADocumentedDifference) {
  Case one = exact_case("strategy = \"dp\"\ndevices = 7");
  one.scenario.train.batch = 4;
  const CaseResult result = run(one);
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  EXPECT_THAT(names_of(result.checks), ::testing::Contains("documented:fewer_pieces_than_devices"));
  EXPECT_THAT(result.pieces, ElementsAre(ElementsAre(1, 1, 1, 1, 0, 0, 0)));
}

TEST_F(EquivalenceFamily, RealValuesAreComparedEndToEnd) {
  Case one = learning_case("strategy = \"ddp\"\ndevices = 2");
  one.scenario.family = "equivalence";
  one.scenario.train.epochs = 0;
  one.scenario.train.steps = 8;
  const CaseResult result = run(one);
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  EXPECT_THAT(names_of(result.checks), IsSupersetOf({"end_to_end:one_device", "end_to_end:f64", "reduction"}));
  EXPECT_THAT(samples_["loss"], ::testing::SizeIs(8));
}

// Gradients of parts of a batch, added up, are those of the whole batch on one device.
TEST_F(EquivalenceFamily, MicroBatchesAreComparedWithTheFullBatch) {
  for (const char* run_table : {"", "strategy = \"dp\"\ndevices = 3", "strategy = \"ddp\"\ndevices = 3"})
    for (const std::size_t micro_batches : std::array<std::size_t, 4>{2, 3, 8, 100}) {
      Case one = exact_case(run_table);
      one.scenario.train.micro_batches = micro_batches;
      const CaseResult result = run(one);
      EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
      EXPECT_THAT(names_of(result.checks), ::testing::Contains("exact"));
    }
}

TEST_F(EquivalenceFamily, AMeanOfMeansOnUnevenPiecesIsADocumentedDifference) {
  Case one = learning_case("strategy = \"ddp\"\ndevices = 2\nsplit = { sizes = [6, 2] }\naveraging = \"devices\"");
  one.scenario.family = "equivalence";
  one.scenario.train.epochs = 0;
  one.scenario.train.steps = 4;
  for (const std::size_t micro_batches : {1U, 2U}) {
    one.scenario.train.micro_batches = micro_batches;
    const CaseResult result = run(one);
    EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
    EXPECT_THAT(names_of(result.checks),
                IsSupersetOf({"documented:mean_of_means", "end_to_end:f64", "end_to_end:one_device", "coverage"}));
    EXPECT_THAT(result.pieces, ElementsAre(ElementsAre(6, 2)));
  }
  one.scenario.train.micro_batches = 1;
  one.scenario.run.split = {SplitSpec::Rule::chunk};
  const CaseResult even = run(one);
  EXPECT_EQ(even.verdict, Verdict::pass) << even.reason;
  EXPECT_THAT(names_of(even.checks), ::testing::Not(::testing::Contains("documented:mean_of_means")));
}

// What they are compared with has one device, whatever the split.
TEST_F(FamilyTest, EveryFamilyTakesASplit) {
  const std::string split = "strategy = \"dp\"\ndevices = 2\nsplit = { sizes = [6, 2] }";
  for (const Case& one : {exact_case(split), learning_case(split), timed_case(split)})
    EXPECT_NE(run(one).verdict, Verdict::fail) << one.name;
}

/// F32 tensors of a safetensors file by name.
std::map<std::string, std::vector<float>> read_tensors(const std::filesystem::path& path) {
  const std::string content = read_file(path, MiB);
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, content.data(), sizeof header_size);
  const std::string data = content.substr(8 + header_size);
  std::map<std::string, std::vector<float>> tensors;
  const Json header = Json::parse(content.substr(8, header_size));
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const std::size_t begin = entry["data_offsets"][0];
    const std::size_t end = entry["data_offsets"][1];
    std::vector<float>& values = tensors[name];
    values.resize((end - begin) / sizeof(float));
    std::memcpy(values.data(), data.data() + begin, end - begin);
  }
  return tensors;
}

std::vector<Case> cases_by_hand() {
  const std::filesystem::path file = std::filesystem::path{LOCKSTEP_SCENARIOS_FOLDER} / "equivalence/by-hand.toml";
  return expand(load_scenario(file));
}

TEST_F(EquivalenceFamily, NumbersAreThoseComputedByHand) {
  const std::vector<Case> cases = cases_by_hand();
  EXPECT_THAT(names_of(cases),
              ElementsAre("equivalence-by-hand/strategy=single,devices=1", "equivalence-by-hand/strategy=dp,devices=1",
                          "equivalence-by-hand/strategy=dp,devices=3", "equivalence-by-hand/strategy=ddp,devices=1",
                          "equivalence-by-hand/strategy=ddp,devices=3"));
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    EXPECT_EQ(run(one).verdict, Verdict::pass);
    EXPECT_EQ(samples_["loss"].at(0), 30);
    std::string folder = one.name;
    for (char& c : folder)
      if (c == '/' || c == '=' || c == ',') c = '_';
    const auto tensors = read_tensors(folder_ / "dump" / folder / "step-0000-rank-0.safetensors");
    EXPECT_EQ(tensors.size(), 3U);
    EXPECT_THAT(tensors.at("gradients.layer0.weight"), ElementsAre(50, 60));
    EXPECT_THAT(tensors.at("parameters.layer0.weight"), ElementsAre(1 - 50.0 / 64, 1 - 60.0 / 64));
    // Rank 0 of three has two of the four rows; with dp it gathers the others' outputs.
    const bool has_half = one.scenario.run.strategy == RunSpec::Strategy::ddp && one.scenario.run.devices == 3;
    EXPECT_EQ(tensors.at("outputs"), has_half ? (std::vector<float>{3, 7}) : (std::vector<float>{3, 7, 11, 15}));
  }
}

TEST_F(EquivalenceFamily, DumpsOfALongerRunAreRemoved) {
  Case one = cases_by_hand().front();
  run(one);
  const std::filesystem::path folder = folder_ / "dump" / "equivalence-by-hand_strategy_single_devices_1";
  EXPECT_TRUE(std::filesystem::exists(folder / "step-0003-rank-0.safetensors"));
  one.scenario.train.steps = 2;
  run(one);
  EXPECT_TRUE(std::filesystem::exists(folder / "step-0001-rank-0.safetensors"));
  EXPECT_FALSE(std::filesystem::exists(folder / "step-0003-rank-0.safetensors"));
}

using SpeedupFamily = FamilyTest;

TEST_F(SpeedupFamily, MeasuresBlocksInPairs) {
  const CaseResult result = run(timed_case("strategy = \"dp\"\ndevices = 1"));
  EXPECT_THAT(names_of(result.metrics), ElementsAre("speedup", "efficiency", "step_time", "throughput",
                                                    "throughput_per_device", "baseline_step_time", "noise_floor",
                                                    "dp_tax", "utilisation", "warmup_step_time", "checks_share"));
  for (const Metric& metric : result.metrics) {
    ASSERT_TRUE(metric.value) << metric.name;
    if (metric.name == "noise_floor" || metric.name == "checks_share") continue;
    ASSERT_TRUE(metric.low && metric.high) << metric.name;
    EXPECT_LE(*metric.low, *metric.value);
    EXPECT_LE(*metric.value, *metric.high);
  }
  EXPECT_THAT(names_of(result.checks),
              ElementsAre("evidence:losses", "same_losses", "breakdown", "plausibility:efficiency",
                          "plausibility:wall_time", "plausibility:batch", "plausibility:arithmetic"));
  EXPECT_EQ(result.checks[0].verdict, Verdict::pass);
  EXPECT_EQ(result.checks[1].verdict, Verdict::pass);
  EXPECT_THAT(result.phases, ::testing::Not(IsEmpty()));
  EXPECT_EQ(samples_["warmup_step_time"].size(), 2U);
  EXPECT_EQ(samples_["step_time"].size(), 3U * 4);
  EXPECT_EQ(samples_["baseline_step_time"].size(), 3U * 4);
}

TEST_F(SpeedupFamily, SeveralDevicesAreAlsoMeasuredWithoutCommunication) {
  if (cpu::usable_cores().size() < 2) GTEST_SKIP() << "needs two cores";
  for (const char* strategy : {"dp", "ddp"}) {
    const CaseResult result = run(timed_case(fmt::format("strategy = \"{}\"\ndevices = 2", strategy)));
    EXPECT_THAT(names_of(result.metrics), IsSupersetOf({"serial_fraction", "communication_overhead"}));
    const bool has_device0 = std::ranges::count(names_of(result.metrics), "device0_alone") == 1;
    EXPECT_EQ(has_device0, std::string_view{strategy} == "dp");
    EXPECT_EQ(samples_["silent_step_time"].size(), 3U * 4);
    EXPECT_THAT(result.findings, ::testing::SizeIs(3)) << "the effect, what limits it, why it stopped";
    EXPECT_EQ(std::ranges::find(result.checks, "plausibility:batch", &CheckResult::name)->verdict, Verdict::pass);
    EXPECT_THAT(result.findings[2], ::testing::HasSubstr("measured 3 pairs of blocks: "));
  }
}

TEST_F(SpeedupFamily, MeasuresNoMoreBlocksThanAsked) {
  Case one = timed_case();
  one.scenario.run.repetitions = 1;
  one.scenario.run.max_repetitions = 1;
  const CaseResult result = run(one);
  EXPECT_EQ(samples_["step_time"].size(), 4U);
  EXPECT_THAT(result.findings, ElementsAre(::testing::HasSubstr("too few for a noise floor"),
                                           ::testing::HasSubstr("measured 1 pairs of blocks")));
  EXPECT_FALSE(std::ranges::find(result.metrics, "noise_floor", &Metric::name)->value);
}

TEST_F(SpeedupFamily, DevicesThatShareCoresHaveNoTimes) {
  const std::size_t cores = cpu::usable_cores().size();
  if (cores >= 64) GTEST_SKIP() << "a scenario has at most 64 devices";
  Case one = timed_case(fmt::format("strategy = \"ddp\"\ndevices = {}", cores + 1));
  one.scenario.train.batch = cores + 1;
  one.scenario.expectations.push_back({.metric = "speedup", .where = {}, .min = 1.5, .max = {}});
  CaseResult result = run(one);
  for (const Metric& metric : result.metrics)
    EXPECT_FALSE(metric.value || metric.low || metric.high || !metric.blocks.empty()) << metric.name;
  EXPECT_THAT(result.phases, IsEmpty());
  EXPECT_EQ(result.reason, fmt::format("timing not measurable: {} devices share {} cores", cores + 1, cores));
  EXPECT_THAT(names_of(result.checks), ElementsAre("evidence:losses", "same_losses", "replicas"));
  EXPECT_THAT(samples_, IsEmpty());
  EXPECT_EQ(result.verdict, Verdict::pass) << "what it computed is still judged";
  add_expectations(result, one);
  conclude(result);
  EXPECT_EQ(result.verdict, Verdict::inconclusive) << "and what was expected of its time is not";
}

using ConvergenceFamily = FamilyTest;

TEST_F(ConvergenceFamily, OneDeviceLearns) {
  const CaseResult result = run(learning_case());
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  EXPECT_THAT(names_of(result.checks), ElementsAre("evidence:learning"));
  EXPECT_THAT(names_of(result.metrics), ElementsAre("final_loss"));
  EXPECT_EQ(samples_["loss"].size(), 3U * 8);
}

TEST_F(ConvergenceFamily, SeveralDevicesFollowTheCurveOfOne) {
  for (const char* strategy : {"dp", "ddp"}) {
    const CaseResult result = run(learning_case(fmt::format("strategy = \"{}\"\ndevices = 3", strategy)));
    EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
    EXPECT_THAT(names_of(result.checks), ElementsAre("evidence:learning", "loss_curve"));
    EXPECT_THAT(names_of(result.metrics), ElementsAre("final_loss", "loss_curve_distance"));
  }
}

TEST_F(ConvergenceFamily, ATrainingThatDivergesFails) {
  Case one = learning_case("strategy = \"ddp\"\ndevices = 2");
  one.scenario.train.loss = TrainSpec::Loss::mse;
  one.scenario.train.optimizer.learning_rate = 1000;
  const CaseResult result = run(one);
  EXPECT_EQ(result.verdict, Verdict::fail);
  EXPECT_EQ(result.reason, "failed: evidence:learning, loss_curve") << "a loss that is not a number is on no curve";
}

TEST_F(ConvergenceFamily, FewTestSamplesAreEnough) {
  using namespace std::string_literals;
  // One picture of each of two classes, trained on and tested in batches larger than the test data.
  write_file_atomically(folder_ / "images", "\0\0\x08\x02\0\0\0\4\0\0\0\2\xff\0\0\xff\xff\0\0\xff"s);
  write_file_atomically(folder_ / "labels", "\0\0\x08\x01\0\0\0\4\0\1\0\1"s);
  write_file_atomically(folder_ / "test-images", "\0\0\x08\x02\0\0\0\2\0\0\0\2\xff\0\0\xff"s);
  write_file_atomically(folder_ / "test-labels", "\0\0\x08\x01\0\0\0\2\0\1"s);
  Case one = learning_case();
  one.scenario.model.widths = {2, 2};
  DataSpec& data = one.scenario.data;
  data.source = DataSpec::Source::idx;
  data.images = folder_ / "images";
  data.labels = folder_ / "labels";
  data.test_images = folder_ / "test-images";
  data.test_labels = folder_ / "test-labels";
  one.scenario.train.batch = 4;
  one.scenario.train.epochs = 50;
  const CaseResult result = run(one);
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  ASSERT_THAT(names_of(result.metrics), ElementsAre("final_loss", "test_accuracy"));
  EXPECT_EQ(result.metrics[1].value, 1.0);
  EXPECT_EQ(samples_["test_accuracy"].size(), 50U);
}

}  // namespace
}  // namespace lockstep
