// The family memory from a case to its checks, on real trainings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "harness/base/error.hpp"
#include "harness/run/families/family.hpp"
#include "harness/run/families/memory_trials.hpp"
#include "tests/run/small_cases.hpp"
#include "tests/run/temporary_folder.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::memory_case;

class MemoryFamily : public testing::FolderTest {
 protected:
  CaseResult run(const Case& one) {
    const SampleSink nowhere = [](const Sample&) {};
    CaseResult result = run_memory({one, nowhere, folder_});
    conclude(result);
    return result;
  }
  static std::vector<std::string> names_of(const auto& named) {
    std::vector<std::string> names;
    for (const auto& one : named) names.push_back(one.name);
    return names;
  }
  static double value(const CaseResult& result, std::string_view metric) {
    return std::ranges::find(result.metrics, metric, &Metric::name)->value.value();
  }
};

// 8·16 + 16 + 16·4 + 4 = 212 parameters, 848 bytes; four times that with gradients and Adam's moments, and the
// loss's 8. A row takes 36 of batch and (16 + 4 + 16 + 4)·4 of activations: 196.
TEST_F(MemoryFamily, ThePredictionIsComparedWithTheAccountsWithoutALimit) {
  const CaseResult result = run(memory_case());
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  EXPECT_THAT(names_of(result.checks), ElementsAre("memory_prediction"));
  EXPECT_THAT(result.metrics, IsEmpty()) << "one device has no others to be compared with";
  const auto total = std::ranges::find(result.memory, "total", &MemoryUse::use);
  ASSERT_NE(total, result.memory.end());
  EXPECT_EQ(total->peak_bytes, 4U * 848 + 8 + 60 * 196);
  EXPECT_EQ(total->predicted_bytes, total->peak_bytes);
  ASSERT_EQ(result.trials.size(), 1U);
  EXPECT_EQ(result.trials[0].batch, 60U);
}

TEST_F(MemoryFamily, DpTakesMoreOnDevice0AndDdpDoesNot) {
  const CaseResult dp = run(memory_case("strategy = \"dp\"\ndevices = 3"));
  EXPECT_EQ(dp.verdict, Verdict::pass) << dp.reason;
  // Device 0: gradients and moments of the optimizer, 60 rows of batch, outputs and the loss's gradient, 20 of
  // activations.
  const double device0 = 4 * 848 + 8 + 60 * (36 + 16 + 16) + 20 * 144;
  const double others = 2 * 848 + 8 + 20 * (32 + 144 + 16);
  EXPECT_DOUBLE_EQ(value(dp, "device0_ratio"), device0 / others);
  const CaseResult ddp = run(memory_case("strategy = \"ddp\"\ndevices = 3"));
  EXPECT_EQ(ddp.verdict, Verdict::pass) << ddp.reason;
  EXPECT_EQ(value(ddp, "device0_ratio"), 1);
}

TEST_F(MemoryFamily, TheLargestBatchIsFoundAndTheNextFails) {
  const CaseResult result = run(memory_case("device_memory = \"10 KiB\""));
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  EXPECT_THAT(names_of(result.checks), ElementsAre("memory_prediction", "advice", "next_batch_fails", "recovery"));
  EXPECT_EQ(value(result, "largest_batch"), 34) << "(10240 - 3400) / 196 = 34.9";
  EXPECT_EQ(value(result, "safe_batch"), 30);
  EXPECT_EQ(value(result, "device_memory"), 10240);
  EXPECT_NEAR(value(result, "bytes_per_sample"), 196, 1e-9);
  EXPECT_NEAR(value(result, "fixed_bytes"), 3400, 1e-6);
  EXPECT_NEAR(value(result, "fit_residual"), 0, 1e-6);
  EXPECT_THAT(
      result.findings,
      ElementsAre("The largest global batch in 10.0 KiB per device is 34; 30 leaves a tenth of it as a reserve.",
                  "The wanted batch of 60 does not fit; with train.micro_batches = 2 it does, as a trial "
                  "confirmed."));
}

TEST_F(MemoryFamily, TheGranularityIsTheStepOfTheSearch) {
  const CaseResult result = run(memory_case("device_memory = \"10 KiB\"\ngranularity = 10"));
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  EXPECT_EQ(value(result, "largest_batch"), 30);
  for (const TriedBatch& trial : result.trials) EXPECT_EQ(trial.batch % 10, 0U);
}

TEST_F(MemoryFamily, SeveralDevicesHoldMore) {
  for (const auto& [strategy, largest] : std::vector<std::pair<std::string, double>>{{"ddp", 3 * 34}, {"dp", 58}}) {
    const CaseResult result =
        run(memory_case(fmt::format("strategy = \"{}\"\ndevices = 3\ndevice_memory = \"10 KiB\"", strategy)));
    EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
    EXPECT_EQ(value(result, "largest_batch"), largest) << strategy;
    // A batch that is not shared evenly takes as much as the next that is.
    EXPECT_LT(value(result, "fit_residual"), 196) << strategy;
  }
}

TEST_F(MemoryFamily, AModelThatIsTooLargeIsSaidToBe) {
  const CaseResult result = run(memory_case("device_memory = \"3 KiB\""));
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  EXPECT_THAT(names_of(result.checks), ElementsAre("next_batch_fails"));
  EXPECT_EQ(value(result, "largest_batch"), 0);
  EXPECT_THAT(result.findings, ElementsAre("The model alone does not fit: its parameters, gradients and optimizer "
                                           "state take 3.32 KiB of 3.00 KiB."));
  EXPECT_THAT(result.memory, IsEmpty());
}

TEST_F(MemoryFamily, TheDataMayBeTheLimit) {
  const CaseResult result = run(memory_case("device_memory = \"1 MiB\""));
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  EXPECT_THAT(names_of(result.checks), ElementsAre("memory_prediction"));
  EXPECT_EQ(value(result, "largest_batch"), 500);
}

TEST_F(MemoryFamily, BadInputIsAnError) {
  Case one = memory_case("device_memory = \"10 KiB\"\ngranularity = 501");
  EXPECT_THROW(run(one), InputError);
  one = memory_case("device_memory = \"10 KiB\"");
  one.scenario.train.batch = 501;
  EXPECT_THROW(run(one), InputError);
}

TEST_F(MemoryFamily, ATrialThatDoesNotEndIsAnErrorAndNotABatchThatDoesNotFit) {
  Case one = memory_case("device_memory = \"10 KiB\"");
  one.scenario.run.deadline = Seconds{0};
  try {
    run(one);
    ADD_FAILURE() << "no error came out";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::deadline);
    EXPECT_THAT(error.what(), HasSubstr("the trial with a batch of 34 in 1 micro-batches: not finished within"));
  }
}

TEST_F(MemoryFamily, TheTrainingAfterRunningOutIsLikeAnyOther) {
  for (const char* run_table : {"", "strategy = \"dp\"\ndevices = 3\n", "strategy = \"ddp\"\ndevices = 3\n"}) {
    const Case one = memory_case(fmt::format("{}device_memory = \"10 KiB\"", run_table));
    const BatchTrials trials{one.scenario};
    const Recovery recovery = trials.recover_from(400, 20);
    EXPECT_TRUE(recovery.ran_out);
    EXPECT_EQ(check_recovery(recovery).verdict, Verdict::pass) << check_recovery(recovery).because;
    EXPECT_FALSE(trials.recover_from(20, 20).ran_out) << "what fits does not run out";
  }
}

}  // namespace
}  // namespace lockstep
