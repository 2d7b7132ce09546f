// The checks on a resumed training, tried where another world goes on; and correct ones raise no alarm.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "harness/faults/checkpoint_catalogue.hpp"
#include "harness/faults/trial.hpp"
#include "tests/doubles/small_resumption.hpp"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

void swap_bytes(std::vector<TensorBytes>& tensors, std::string_view a, std::string_view b) {
  std::swap(std::ranges::find(tensors, a, &TensorBytes::name)->bytes,
            std::ranges::find(tensors, b, &TensorBytes::name)->bytes);
}

class ResumeFaults : public ::testing::TestWithParam<CheckpointFault> {};

// Where another world goes on, the limit of "resume" is not 0. Where the same one does: planted_test.cpp.
TEST_P(ResumeFaults, are_caught_where_another_world_goes_on) {
  const TrainingWithData subject = adam_training();
  const CheckpointFault& fault = GetParam();
  const ResumeCase one{.saver = {"dp", 2}, .loader = {"ddp", 3}, .micro_batch = fault.micro_batch};
  CheckNames expected = fault.caught;
  if (fault.is_below_rounding) expected.erase("resume");
  const auto fired = std::make_shared<FiredCount>();
  EXPECT_EQ(failures(resume_with({}, one, subject, Agreement::rounding)), CheckNames{}) << "without the fault";
  EXPECT_THAT(failures(resume_with(counted(fault.fault, fired), one, subject, Agreement::rounding)),
              IsSupersetOf(expected));
  EXPECT_GT(fired->acted, 0);
}

INSTANTIATE_TEST_SUITE_P(Cpu, ResumeFaults, ::testing::ValuesIn(checkpoint_catalogue()),
                         [](const auto& test) { return test.param.id; });

TEST(ResumeChecks, each_catches_at_least_two_different_faults) {
  std::map<std::string, int> caught;
  for (const CheckpointFault& fault : checkpoint_catalogue())
    for (const std::string& name : fault.caught) ++caught[name];
  for (const std::string name : {"load", "state", "resume", "replicas"}) EXPECT_GE(caught[name], 2) << name;
}

TEST(ResumeChecks, raise_no_alarm_on_correct_trainings) {
  const TrainingWithData exact = exact_training();
  for (const RunPlace& saver : {RunPlace{"single", 1}, RunPlace{"dp", 3}, RunPlace{"ddp", 2}})
    for (const RunPlace& loader : {RunPlace{"single", 1}, RunPlace{"dp", 2}, RunPlace{"ddp", 4}})
      for (const std::size_t micro_batch : {0U, 3U})
        for (const ParameterPrefix prefix : {ParameterPrefix::none, ParameterPrefix::module})
          for (const CheckResult& check : resume_with({}, {saver, loader, micro_batch, prefix}, exact)) {
            EXPECT_EQ(check.verdict, Verdict::pass) << check.name << ": " << check.because;
            EXPECT_GT(check.compared, 0U) << check.name;
          }
}

TEST(ResumeChecks, say_what_differs_first) {
  const auto because = [](const ResumeFault& fault, std::string_view name) {
    const auto checks = resume_with(fault, {}, adam_training());
    const auto found = std::ranges::find(checks, name, &CheckResult::name);
    return found == checks.end() ? "" : found->because;
  };
  const ResumeFault moments{.in_tensors = [](std::vector<TensorBytes>& tensors) {
    swap_bytes(tensors, "optim.first_moment.layer1.bias", "optim.second_moment.layer1.bias");
  }};
  EXPECT_THAT(because(moments, "state"), HasSubstr("first difference: rank 0: optim.first_moment.layer1.bias[0]"));
  EXPECT_THAT(because(moments, "resume"), HasSubstr("first difference: step 5, rank 0: parameters"));
  const ResumeFault updates{.when_loaded = [](TrainingState& state) { state.replica.optimizer_steps = 0; }};
  EXPECT_THAT(because(updates, "state"), HasSubstr("first difference: rank 0: number of updates is 0, was 5"));
  const ResumeFault doubled{.in_tensors = [](std::vector<TensorBytes>& tensors) {
    std::ranges::find(tensors, "layer0.bias", &TensorBytes::name)->name = "module.module.layer0.bias";
  }};
  EXPECT_THAT(because(doubled, "load"), HasSubstr("layer0.bias: missing"));
  EXPECT_THAT(because(doubled, "load"), HasSubstr("module.module.layer0.bias: not expected"));
  const ResumeFault stale{
      .in_newest_file = [](FileOps& files, const std::filesystem::path& path) { files.remove(path); }};
  EXPECT_THAT(because(stale, "load"), HasSubstr("it is at step 4, micro-batch 0, saved was step 5, micro-batch 0"));
}

TEST(ResumeChecks, that_compared_nothing_fail) {
  const TrainingWithData subject = adam_training();
  EXPECT_EQ(check_resume({}, {}, {}, Agreement::bits).verdict, Verdict::fail);
  EXPECT_EQ(check_resume({}, {}, {}, Agreement::rounding).verdict, Verdict::fail);
  EXPECT_EQ(check_state({}, {}, {}, subject.training).verdict, Verdict::fail) << "no rank has a replica";
  EXPECT_EQ(check_load({}, {}, {}, ParameterPrefix::none).verdict, Verdict::fail);
}

}  // namespace
}  // namespace lockstep
