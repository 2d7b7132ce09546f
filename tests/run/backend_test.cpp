#include "harness/run/backend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/error.hpp"
#include "harness/run/result_json.hpp"
#include "harness/run/setup.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Scenario on_gpus(std::vector<std::size_t> map, std::size_t devices = 2) {
  Scenario scenario;
  scenario.run.backend = "cuda";
  scenario.run.devices = devices;
  scenario.run.device_map = std::move(map);
  return scenario;
}

TEST(Tier, FollowsFromTheScenario) {
  EXPECT_EQ(tier_of(Scenario{}), "cpu");
  EXPECT_EQ(tier_of(on_gpus({})), "cuda-nccl");
  EXPECT_EQ(tier_of(on_gpus({0, 0})), "cuda-local");
  EXPECT_EQ(tier_of(on_gpus({0, 1, 1})), "cuda-nccl") << "the first two count";
  Scenario local = on_gpus({0, 1});
  local.run.collectives = RunSpec::Collectives::local;
  EXPECT_EQ(tier_of(local), "cuda-local");
}

TEST(Tier, IsWhatTheResultSays) {
  Case one;
  one.scenario = on_gpus({0, 0});
  one.scenario.run.strategy = RunSpec::Strategy::ddp;
  EXPECT_EQ(identity_json(one)["tier"], "cuda-local");
  EXPECT_EQ(identity_json(one)["precision"], "f32");
  one.scenario.run.tf32 = true;
  EXPECT_EQ(identity_json(one)["precision"], "tf32");
  one.scenario.run.tf32 = false;
  one.scenario.train.dtype = TrainSpec::Type::bf16;
  EXPECT_EQ(identity_json(one)["precision"], "bf16");
}

TEST(Graphs, AreSaidOfTrainingsOnGpus) {
  Case one;
  one.scenario = on_gpus({0, 1});
  EXPECT_EQ(identity_json(one)["graphs"], true);
  one.scenario.run.graphs = false;
  EXPECT_EQ(identity_json(one)["graphs"], false);
  one.scenario.run = on_gpus({0, 0}).run;
  EXPECT_EQ(identity_json(one)["graphs"], false);
  one.scenario.run.backend = "cpu";
  EXPECT_FALSE(identity_json(one).contains("graphs"));
}

TEST(GpuOptions, AreTheScenarios) {
  Scenario scenario = on_gpus({2, 0, 1});
  scenario.run.device_memory = 5;
  scenario.run.tf32 = true;
  scenario.run.graphs = false;
  scenario.run.collectives = RunSpec::Collectives::nccl;
  const cuda::WorldOptions options = gpu_options(scenario.run, 2);
  EXPECT_EQ(options.ranks, 2);
  EXPECT_THAT(options.device_map, ElementsAre(2, 0));
  EXPECT_EQ(options.collectives, cuda::Collectives::nccl);
  EXPECT_EQ(options.capacity, 5U);
  EXPECT_TRUE(options.tf32);
  EXPECT_FALSE(options.graphs);
}

TEST(WhyNotTimed, ByTierAndCores) {
  EXPECT_EQ(why_not_timed("cpu", 2, 2), "");
  EXPECT_EQ(why_not_timed("cpu", 3, 2), "timing not measurable: 3 devices share 2 cores");
  EXPECT_EQ(why_not_timed("cuda-nccl", 8, 16), "");
  EXPECT_EQ(why_not_timed("cuda-nccl", 8, 4), "timing not measurable: the threads of 8 devices share 4 cores");
  EXPECT_THAT(why_not_timed("cuda-local", 1, 2), HasSubstr("no speed-up"));
  EXPECT_THAT(why_not_timed("emulated", 1, 2), HasSubstr("not recorded"));
}

/// As a family would leave it that timed all it can.
CaseResult timed_result() {
  CaseResult result;
  result.metrics = {
      {.name = "speedup", .unit = "1", .value = 1.9, .low = 1.8, .high = 2.0, .has_samples = true, .blocks = {1.9}},
      {.name = "wire_bytes", .unit = "B", .value = 100, .exact = true},
      {.name = "final_loss", .unit = "1", .value = 0.5, .untimed = true}};
  result.checks = {judged("exact", 4, 0, 0, "bits"), judged("breakdown", 4, 0, 0, "times"),
                   judged("plausibility:efficiency", 4, 0, 1, "times")};
  result.phases.push_back({.rank = 0, .phase = "forward", .seconds = 1, .fraction = 1});
  result.waits.emplace_back();
  result.bandwidth.push_back({.kind = Collective::all_reduce,
                              .placement = Placement::in_place,
                              .bytes = 4,
                              .seconds = 1.0,
                              .algbw = 4.0,
                              .busbw = 4.0});
  result.findings = {"2 devices are 1.9 times as fast"};
  return result;
}

TEST(WithholdTimes, LeavesNoTimeInAnEmulatedResult) {
  CaseResult result = timed_result();
  withhold_times(result, "emulated");
  const Metric& speedup = result.metrics[0];
  EXPECT_FALSE(speedup.value || speedup.low || speedup.high || speedup.has_samples);
  EXPECT_THAT(speedup.blocks, IsEmpty());
  EXPECT_EQ(result.metrics[1].value, 100);
  EXPECT_EQ(result.metrics[2].value, 0.5);
  EXPECT_THAT(result.checks, ElementsAre(::testing::Field(&CheckResult::name, "exact")));
  EXPECT_THAT(result.phases, IsEmpty());
  EXPECT_THAT(result.waits, IsEmpty());
  EXPECT_THAT(result.findings, IsEmpty());
  EXPECT_FALSE(result.bandwidth[0].seconds || result.bandwidth[0].algbw || result.bandwidth[0].busbw);
  EXPECT_EQ(result.reason, "times of an emulated run mean nothing and are not recorded");
}

TEST(WithholdTimes, KeepsWhatIsSaidOfOtherNumbers) {
  CaseResult result;
  result.reason = "3 samples were replaced";
  result.findings = {"all pieces are equally large"};
  withhold_times(result, "emulated");
  EXPECT_THAT(result.findings, ElementsAre("all pieces are equally large"));
  EXPECT_EQ(result.reason, "times of an emulated run mean nothing and are not recorded; 3 samples were replaced");
  withhold_times(result, "emulated");
  EXPECT_EQ(result.reason, "times of an emulated run mean nothing and are not recorded; 3 samples were replaced");
}

TEST(WithholdTimes, LeavesOtherTiersAlone) {
  for (const char* tier : {"cpu", "cuda-nccl", "cuda-local"}) {
    CaseResult result = timed_result();
    withhold_times(result, tier);
    EXPECT_EQ(outcome_json(result), outcome_json(timed_result())) << tier;
  }
}

TEST(WithholdTimes, RawNumbersToo) {
  const Sample time{.metric = "step_time", .unit = "s", .index = 0, .value = 1};
  const Sample loss{.metric = "loss", .unit = "1", .index = 0, .value = 1};
  EXPECT_FALSE(is_recorded(time, "emulated"));
  EXPECT_TRUE(is_recorded(loss, "emulated"));
  EXPECT_TRUE(is_recorded(time, "cuda-nccl"));
}

// More GPUs than any machine has.
TEST(MakeWorld, SaysWhatToDoWithoutTheGpus) {
  for (const Scenario& scenario : {on_gpus({}, 64), on_gpus({63, 63})}) {
    try {
      make_world(scenario, scenario.run.devices);
      FAIL() << "opened";
    } catch (const EnvironmentError& error) {
      EXPECT_EQ(error.code(), ExitCode::nothing_ran);
      EXPECT_THAT(error.what(), HasSubstr("; to do without GPUs: -a run.backend=cpu"));
    }
  }
}

TEST(MakeWorld, TheOracleIsTheProcessorsWhateverTheBackend) {
  EXPECT_THAT(make_oracle_world().ranks[0]->device->name(), HasSubstr("cpu"));
}

}  // namespace
}  // namespace lockstep
