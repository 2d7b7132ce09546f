// States as named tensors and back.
#include "harness/measure/state/saved_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "harness/base/error.hpp"
#include "harness/device/cpu/cpu_world.hpp"
#include "harness/measure/trainer.hpp"
#include "tests/doubles/small_resumption.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const RunPlace place{"ddp", 2};

class SavedState : public ::testing::Test {
 protected:
  TrainingState state_after(std::size_t micro_batch) {
    Trainer trainer{cpu::open_world({.ranks = place.devices}),
                    subject_.training,
                    subject_.dataset,
                    consecutive(16),
                    place.strategy,
                    {.micro_batches = 4}};
    trainer.run(saved_after);
    if (micro_batch > 0) trainer.accumulate(micro_batch);
    return trainer.state();
  }
  /// What a store would load.
  SafetensorsContent content_of(const TrainingState& state, ParameterPrefix prefix) {
    SafetensorsContent content;
    content.tensors = tensors_of(state, subject_.training, prefix);
    content.metadata = metadata_of(facts_of(subject_, place), state, prefix);
    content.metadata["step"] = std::to_string(state.position.step);
    return content;
  }
  LoadedState load(const SafetensorsContent& content) { return state_from(content, facts_of(subject_, place), "FILE"); }
  std::string error_of(const SafetensorsContent& content) {
    try {
      load(content);
      return "";
    } catch (const InputError& error) {
      return error.what();
    }
  }
  const TrainingWithData subject_ = adam_training();
};

std::vector<std::string> names_of(const SafetensorsContent& content) {
  std::vector<std::string> names;
  for (const TensorBytes& tensor : content.tensors) names.push_back(tensor.name);
  return names;
}

TEST_F(SavedState, is_named_as_other_tools_expect) {
  const TrainingState state = state_after(0);
  EXPECT_THAT(names_of(content_of(state, ParameterPrefix::none)),
              ElementsAre("layer0.weight", "layer0.bias", "layer1.weight", "layer1.bias", "layer2.weight",
                          "layer2.bias", "optim.first_moment.layer0.weight", "optim.first_moment.layer0.bias",
                          "optim.first_moment.layer1.weight", "optim.first_moment.layer1.bias",
                          "optim.first_moment.layer2.weight", "optim.first_moment.layer2.bias",
                          "optim.second_moment.layer0.weight", "optim.second_moment.layer0.bias",
                          "optim.second_moment.layer1.weight", "optim.second_moment.layer1.bias",
                          "optim.second_moment.layer2.weight", "optim.second_moment.layer2.bias"));
  EXPECT_THAT(content_of(state, ParameterPrefix::none).tensors[0].shape, ElementsAre(16, 20));
}

TEST_F(SavedState, has_the_prefix_on_parameters_only) {
  const std::vector<std::string> names = names_of(content_of(state_after(1), ParameterPrefix::module));
  EXPECT_EQ(names[0], "module.layer0.weight");
  EXPECT_EQ(names[6], "optim.first_moment.layer0.weight");
  EXPECT_THAT(names, ::testing::IsSupersetOf({"accumulated.0.layer0.weight", "accumulated.1.layer2.bias",
                                              "accumulated_loss.0", "accumulated_loss.1"}));
}

TEST_F(SavedState, comes_back_whole) {
  for (const std::size_t micro_batch : {0U, 3U})
    for (const ParameterPrefix prefix : {ParameterPrefix::none, ParameterPrefix::module}) {
      const TrainingState state = state_after(micro_batch);
      EXPECT_EQ(load(content_of(state, prefix)).state, state);
      SafetensorsContent reversed = content_of(state, prefix);
      std::ranges::reverse(reversed.tensors);
      EXPECT_EQ(load(reversed).state, state) << "tensors are found by name, not by place";
    }
}

TEST(SavedStateInBf16, is_called_so_in_the_file_and_comes_back) {
  const TrainingWithData subject = real_training(DType::bf16);
  Trainer trainer{cpu::open_world({.ranks = place.devices}),
                  subject.training,
                  subject.dataset,
                  consecutive(16),
                  place.strategy,
                  {.micro_batches = 4}};
  trainer.run(saved_after);
  trainer.accumulate(2);
  const TrainingState state = trainer.state();
  SafetensorsContent content;
  content.tensors = tensors_of(state, subject.training, ParameterPrefix::none);
  content.metadata = metadata_of(facts_of(subject, place), state, ParameterPrefix::none);
  content.metadata["step"] = std::to_string(state.position.step);
  EXPECT_EQ(content.tensors[0].dtype, "BF16");
  EXPECT_EQ(content.tensors[0].bytes.size(), 16U * 20 * 2);
  EXPECT_EQ(state_from(content, facts_of(subject, place), "FILE").state, state);
}

TEST_F(SavedState, with_other_tensors_is_refused) {
  const TrainingState state = state_after(0);
  SafetensorsContent content = content_of(state, ParameterPrefix::none);
  content.tensors[0].shape = {20, 16};
  content.tensors[1].name = "module.layer0.bias";
  const std::string error = error_of(content);
  EXPECT_THAT(error, HasSubstr("FILE: "));
  EXPECT_THAT(error, HasSubstr("layer0.weight: shape [20, 16], expected [16, 20] (transposed)"));
  EXPECT_THAT(error, HasSubstr("\n  layer0.bias: missing"));
  EXPECT_THAT(error, HasSubstr("\n  module.layer0.bias: not expected"));
}

TEST_F(SavedState, with_values_that_are_not_finite_is_refused) {
  TrainingState state = state_after(0);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(&state.replica.optimizer[1].values[4 * sizeof(float)], &nan, sizeof nan);
  EXPECT_THAT(error_of(content_of(state, ParameterPrefix::none)),
              HasSubstr("optim.second_moment.layer0.weight: 1 of 320 values, the first at index 4"));
}

// Metadata that ask for more parts than there are tensors cost nothing.
TEST_F(SavedState, with_parts_that_are_not_there_is_refused) {
  SafetensorsContent content = content_of(state_after(1), ParameterPrefix::none);
  content.metadata["world_size"] = "4096";
  content.metadata["accumulated_parts"] = "4096";
  EXPECT_THAT(error_of(content), HasSubstr("\n  accumulated.4095.layer2.bias: missing"));
}

}  // namespace
}  // namespace lockstep
