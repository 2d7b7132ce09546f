// The checks on a resumed training, tried: each planted fault is caught by the checks that must catch it, and correct
// ones raise no alarm.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/measure/resumed_training.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using Names = std::set<std::string>;

Names failures_of(const std::vector<CheckResult>& checks) {
  Names names;
  for (const CheckResult& check : checks)
    if (check.verdict != Verdict::pass) names.insert(check.name);
  return names;
}

void zero(std::vector<std::byte>& bytes) { std::ranges::fill(bytes, std::byte{0}); }

TensorBytes& tensor_named(std::vector<TensorBytes>& tensors, std::string_view name) {
  return *std::ranges::find(tensors, name, &TensorBytes::name);
}

void swap_bytes(std::vector<TensorBytes>& tensors, std::string_view a, std::string_view b) {
  std::swap(tensor_named(tensors, a).bytes, tensor_named(tensors, b).bytes);
}

struct NamedFault {
  std::string name;
  ResumeFault fault;
  Names caught;
  std::size_t micro_batch = 0;
  std::size_t least_devices = 1;  // of ddp, where it means anything
};

std::vector<NamedFault> faults() {
  const Names wrong_start{"state", "resume"};
  const auto shifted = [](std::ptrdiff_t steps) {
    return [steps](BatchPlan plan) -> BatchPlan {
      return [plan, steps](std::size_t step) {
        return plan(static_cast<std::size_t>(static_cast<std::ptrdiff_t>(step) + steps));
      };
    };
  };
  return {
      {"no_optimizer_moments",
       {.when_captured =
            [](TrainingState& state) {
              for (auto& tensor : state.replica.optimizer) zero(tensor.values);
            }},
       wrong_start},
      {"second_moments_not_restored",
       {.when_loaded = [](TrainingState& state) { zero(state.replica.optimizer[1].values); }},
       wrong_start},
      {"number_of_updates_lost",
       {.when_loaded = [](TrainingState& state) { state.replica.optimizer_steps = 0; }},
       wrong_start},
      {"number_of_updates_not_saved",
       {.in_metadata = [](Metadata& metadata) { metadata["optimizer_steps"] = "0"; }},
       wrong_start},
      {"moments_swapped",
       {.in_tensors =
            [](std::vector<TensorBytes>& tensors) {
              swap_bytes(tensors, "optim.first_moment.layer1.weight", "optim.second_moment.layer1.weight");
            }},
       wrong_start},
      {"parameter_swapped_with_one_of_equal_shape",
       {.in_tensors = [](std::vector<TensorBytes>& tensors) { swap_bytes(tensors, "layer0.bias", "layer1.bias"); }},
       wrong_start},
      {"one_bit_of_one_parameter",
       {.when_loaded = [](TrainingState& state) { state.replica.parameters.back() ^= std::byte{1}; }},
       wrong_start},
      {"sampler_position_lost", {.in_batches = shifted(-static_cast<std::ptrdiff_t>(saved_after))}, {"resume"}},
      {"sampler_one_step_ahead", {.in_batches = shifted(1)}, {"resume"}},
      {"sampler_one_step_behind", {.in_batches = shifted(-1)}, {"resume"}},
      {"step_counted_from_the_start", {.when_loaded = [](TrainingState& state) { state.position = {}; }}, wrong_start},
      {"step_off_by_one", {.when_loaded = [](TrainingState& state) { ++state.position.step; }}, wrong_start},
      {"older_checkpoint_loaded",
       {.in_newest_file = [](FileOps& files, const std::filesystem::path& path) { files.remove(path); }},
       {"load", "state", "resume"}},
      {"newest_checkpoint_broken",
       {.in_newest_file =
            [](FileOps& files, const std::filesystem::path& path) {
              files.remove(path);
              files.close(files.create(path));
            }},
       {"load", "state", "resume"}},
      {"module_prefix_doubled",
       {.in_tensors =
            [](std::vector<TensorBytes>& tensors) {
              for (TensorBytes& tensor : tensors)
                if (tensor.name.starts_with("layer")) tensor.name = "module.module." + tensor.name;
            }},
       {"load"}},
      {"random_seed_changed", {.in_metadata = [](Metadata& metadata) { metadata["seed"] = "8"; }}, {"load"}},
      {"other_order_of_the_samples",
       {.in_batches = [](const BatchPlan& plan) -> BatchPlan {
         return [plan](std::size_t step) {
           std::vector<SampleId> ids = plan(step);
           std::ranges::reverse(ids);
           return ids;
         };
       }},
       {"resume"}},
      {.name = "accumulated_gradients_dropped",
       .fault = {.when_loaded =
                     [](TrainingState& state) {
                       for (Accumulated& part : state.accumulated) zero(part.gradients);
                     }},
       .caught = wrong_start,
       .micro_batch = 2},
      {.name = "one_ranks_part_dropped",
       .fault = {.when_loaded = [](TrainingState& state) { zero(state.accumulated.front().gradients); }},
       .caught = wrong_start,
       .micro_batch = 2},
      {.name = "loss_so_far_dropped",
       .fault = {.when_loaded = [](TrainingState& state) { state.accumulated[0].loss = 0; }},
       .caught = wrong_start,
       .micro_batch = 2},
      {.name = "micro_batch_lost",
       .fault = {.when_loaded = [](TrainingState& state) { state.position.micro_batch = 0; }},
       .caught = {"state"},  // the first micro-batches are computed anew, and so the step comes out right
       .micro_batch = 2},
      {.name = "one_rank_not_restored",
       .fault = {.is_restored = [](int rank) { return rank != 1; }},
       .caught = {"state", "replicas", "resume"},
       .least_devices = 2},
      {.name = "only_rank_0_not_restored",
       .fault = {.is_restored = [](int rank) { return rank != 0; }},
       .caught = {"state", "replicas", "resume"},
       .least_devices = 2},
  };
}

std::ostream& operator<<(std::ostream& out, const NamedFault& fault) { return out << fault.name; }

class ResumeFaults : public ::testing::TestWithParam<NamedFault> {};

TEST_P(ResumeFaults, are_caught) {
  const TrainingWithData subject = adam_training();
  for (const std::string strategy : {"single", "dp", "ddp"})
    for (const int devices : {1, 2, 3}) {
      if (strategy == "single" && devices > 1) continue;
      if (GetParam().least_devices > 1 && (strategy != "ddp" || devices == 1)) continue;
      const Place place{strategy, devices};
      const ResumeCase one{.saver = place, .loader = place, .micro_batch = GetParam().micro_batch};
      EXPECT_EQ(failures_of(resume_with({}, one, subject)), Names{}) << "without the fault";
      EXPECT_THAT(failures_of(resume_with(GetParam().fault, one, subject)), IsSupersetOf(GetParam().caught))
          << strategy << " on " << devices;
    }
}

using ResumeFaultsElsewhere = ResumeFaults;

// Where another world goes on, the limit of "resume" is not 0.
TEST_P(ResumeFaultsElsewhere, are_caught) {
  const TrainingWithData subject = adam_training();
  const ResumeCase one{.saver = {"dp", 2}, .loader = {"ddp", 3}, .micro_batch = GetParam().micro_batch};
  EXPECT_EQ(failures_of(resume_with({}, one, subject, Agreement::rounding)), Names{}) << "without the fault";
  EXPECT_THAT(failures_of(resume_with(GetParam().fault, one, subject, Agreement::rounding)),
              IsSupersetOf(GetParam().caught));
}

/// All but one that is smaller than rounding: "state" shows it there too.
std::vector<NamedFault> faults_larger_than_rounding() {
  std::vector<NamedFault> larger = faults();
  std::erase_if(larger, [](const NamedFault& fault) { return fault.name == "one_bit_of_one_parameter"; });
  return larger;
}

std::string case_name(const ::testing::TestParamInfo<NamedFault>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Cpu, ResumeFaults, ::testing::ValuesIn(faults()), case_name);
INSTANTIATE_TEST_SUITE_P(Cpu, ResumeFaultsElsewhere, ::testing::ValuesIn(faults_larger_than_rounding()), case_name);

TEST(ResumeChecks, each_catches_at_least_two_different_faults) {
  std::map<std::string, int> caught;
  for (const NamedFault& fault : faults())
    for (const std::string& name : fault.caught) ++caught[name];
  for (const std::string name : {"load", "state", "resume", "replicas"}) EXPECT_GE(caught[name], 2) << name;
}

TEST(ResumeChecks, raise_no_alarm_on_correct_trainings) {
  const TrainingWithData exact = exact_training();
  for (const Place& saver : {Place{"single", 1}, Place{"dp", 3}, Place{"ddp", 2}})
    for (const Place& loader : {Place{"single", 1}, Place{"dp", 2}, Place{"ddp", 4}})
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
    tensor_named(tensors, "layer0.bias").name = "module.module.layer0.bias";
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
