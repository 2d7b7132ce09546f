// The family on small cases, and its numbers on times known beforehand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "harness/base/error.hpp"
#include "harness/run/families/checkpoint_cost.hpp"
#include "harness/run/families/family.hpp"
#include "harness/run/in_child.hpp"
#include "tests/run/small_cases.hpp"
#include "tests/run/temporary_folder.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using testing::exact_case;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::learning_case;
using ::testing::SizeIs;

class CheckpointFamily : public testing::FolderTest {
 protected:
  /// A case on real data, with an optimizer that has a state.
  static Case real_case(const std::string& run_lines) {
    Case one = learning_case(run_lines);
    one.scenario.family = "checkpoint";
    one.scenario.model.activation = ModelSpec::Activation::tanh;
    one.scenario.train.epochs = 0;
    one.scenario.train.steps = 6;
    one.scenario.train.micro_batches = 2;
    one.scenario.train.optimizer.kind = OptimizerSpec::Kind::adam;
    one.scenario.checkpoint = {.save_after = 3, .measured_saves = 0};
    return one;
  }
  CaseResult run(const Case& one) {
    const SampleSink sink = [&](const Sample& sample) { ++samples_[std::string{sample.metric}]; };
    CaseResult result = run_checkpoint({one, sink, folder_});
    conclude(result);
    return result;
  }
  [[nodiscard]] std::vector<std::string> left_behind() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder_ / "checkpoints"})
      if (entry.is_regular_file()) names.push_back(entry.path().filename());
    return names;
  }
  std::map<std::string, std::size_t> samples_;  // number by metric
};

std::vector<std::string> names_of(const std::vector<CheckResult>& checks) {
  std::vector<std::string> names;
  for (const CheckResult& check : checks) names.push_back(check.name);
  return names;
}

const CheckResult& check_named(const CaseResult& result, std::string_view name) {
  return *std::ranges::find(result.checks, name, &CheckResult::name);
}

TEST_F(CheckpointFamily, the_same_world_goes_on_with_the_same_bits) {
  for (const std::size_t micro_batch : {0U, 1U}) {
    Case one = real_case("strategy = \"ddp\"\ndevices = 3");
    one.scenario.checkpoint.after_micro_batch = micro_batch;
    const CaseResult result = run(one);
    EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
    EXPECT_THAT(names_of(result.checks),
                ElementsAre("load", "state", "resume", "coverage", "replicas", "evidence:gradients",
                            "evidence:movement", "evidence:collectives"));
    EXPECT_EQ(check_named(result, "resume").limit, 0);
    EXPECT_THAT(left_behind(), IsEmpty()) << "a checkpoint is kept only when something failed";
  }
}

TEST_F(CheckpointFamily, another_world_goes_on_within_rounding) {
  Case one = real_case("strategy = \"dp\"\ndevices = 2");
  one.scenario.checkpoint.resume_strategy = CheckpointSpec::Strategy::ddp;
  one.scenario.checkpoint.resume_devices = 3;
  one.scenario.checkpoint.prefix = CheckpointSpec::Prefix::module;
  one.scenario.checkpoint.after_micro_batch = 1;
  const CaseResult result = run(one);
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  EXPECT_EQ(check_named(result, "state").limit, 0) << "what is loaded is exact on any world";
  EXPECT_EQ(check_named(result, "resume").limit, 1e-5);
  EXPECT_THAT(check_named(result, "load").because,
              HasSubstr("Saved by \"dp\" on 2 devices, loaded by \"ddp\" on 3 devices."));
}

TEST_F(CheckpointFamily, another_world_has_the_same_bits_on_exact_data) {
  Case one = exact_case("strategy = \"ddp\"\ndevices = 3");
  one.scenario.family = "checkpoint";
  one.scenario.checkpoint = {.save_after = 2, .measured_saves = 0};
  one.scenario.checkpoint.resume_strategy = CheckpointSpec::Strategy::single;
  one.scenario.checkpoint.resume_devices = 1;
  const CaseResult result = run(one);
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  EXPECT_EQ(check_named(result, "resume").limit, 0);
}

TEST_F(CheckpointFamily, a_step_with_too_few_micro_batches_is_an_error) {
  Case one = real_case("");
  one.scenario.data.samples = 17;  // batches of 8, 8 and 1
  one.scenario.checkpoint = {.save_after = 2, .after_micro_batch = 1, .measured_saves = 0};
  try {
    run(one);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::invalid_input);
    EXPECT_STREQ(
        error.what(),
        "the training that saves: learning: checkpoint.after_micro_batch: step 2 has 1 micro-batches; expected less, "
        "got 1");
  }
}

TEST_F(CheckpointFamily, measures_what_was_asked_for) {
  Case one = real_case("strategy = \"ddp\"\ndevices = 2");
  one.scenario.checkpoint.measured_saves = 2;
  const CaseResult result = run(one);
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  EXPECT_THAT(result.metrics, SizeIs(9));
  for (const Metric& metric : result.metrics) EXPECT_GT(metric.value, 0) << metric.name;
  for (const char* metric :
       {"capture_time", "save_time", "plain_write_time", "load_time", "restore_time", "plain_read_time"})
    EXPECT_EQ(samples_[metric], 2U) << metric;
  EXPECT_THAT(result.findings, ElementsAre(HasSubstr("holds up the training for")));
}

// A file may not become larger than the limit: what a full disk does to a writer.
TEST_F(CheckpointFamily, a_disk_that_is_full_is_an_error_with_its_reason) {
  Case one = real_case("strategy = \"ddp\"\ndevices = 2");
  try {
    in_child("the child", Seconds{60}, [&] {
      std::signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{1024, 1024};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      run(one);
      return Json{};
    });
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::io);
    EXPECT_THAT(error.what(), HasSubstr("step-000000003.safetensors"));
    EXPECT_THAT(error.what(), HasSubstr("File too large"));
  }
  EXPECT_THAT(left_behind(), IsEmpty()) << "no half-written file";
}

const Metric& metric_named(const std::vector<Metric>& metrics, std::string_view name) {
  return *std::ranges::find(metrics, name, &Metric::name);
}

// 1000 bytes in three rounds.
const CheckpointTimes known{.bytes = 1000,
                            .capture = {1, 1, 4},
                            .save = {2, 4, 8},
                            .plain_write = {1, 3, 2},
                            .load = {0.5, 1, 2},
                            .restore = {3, 2, 1},
                            .plain_read = {0.5, 0.5, 0.5}};

TEST(CheckpointCost, metrics_of_known_times) {
  const std::vector<Metric> metrics = cost_metrics(known);
  const auto value = [&](std::string_view name) { return metric_named(metrics, name).value; };
  EXPECT_EQ(value("checkpoint_size"), 1000);
  EXPECT_EQ(value("capture_time"), 1);
  EXPECT_EQ(value("save_time"), 4);
  EXPECT_EQ(value("save_bandwidth"), 250) << "of 500, 250 and 125";
  EXPECT_EQ(value("save_efficiency"), 0.5) << "of 1/2, 3/4 and 2/8";
  EXPECT_EQ(value("load_time"), 1);
  EXPECT_EQ(value("load_bandwidth"), 1000) << "of 2000, 1000 and 500";
  EXPECT_EQ(value("load_efficiency"), 0.5) << "of 1, 1/2 and 1/4";
  EXPECT_EQ(value("restore_time"), 2);
}

TEST(CheckpointCost, is_said_in_a_sentence) {
  EXPECT_EQ(cost_finding(known),
            "A checkpoint of 1000 B holds up the training for 5.0 s when it is saved and for 3.0 s when it is loaded.");
}

}  // namespace
}  // namespace lockstep
