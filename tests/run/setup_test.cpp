#include "harness/run/setup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.hpp"
#include "harness/device/slowed.hpp"
#include "harness/train/layers/activation.hpp"
#include "tests/data/copies.hpp"
#include "tests/run/temporary_folder.hpp"

namespace lockstep {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Three inputs, four hidden, two outputs; 16 generated samples.
Scenario small_scenario() {
  Scenario scenario;
  scenario.name = "small";
  scenario.model.widths = {3, 4, 2};
  scenario.data.samples = 16;
  scenario.train.batch = 5;
  return scenario;
}

template <typename Function>
std::string error_of(const Function& function) {
  try {
    function();
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

template <typename T>
bool has_layer(const Training& training) {
  for (const auto& node : training.architecture.nodes)
    if (dynamic_cast<const T*>(node.layer.get()) != nullptr) return true;
  return false;
}

TEST(Setup, Activation) {
  using enum ModelSpec::Activation;
  Scenario scenario = small_scenario();
  scenario.model.activation = relu;
  EXPECT_TRUE(has_layer<Relu>(make_training(scenario)));
  scenario.model.activation = tanh;
  EXPECT_TRUE(has_layer<Tanh>(make_training(scenario)));
  scenario.model.activation = none;
  EXPECT_EQ(make_training(scenario).architecture.nodes.size(), 2U);
}

TEST(Setup, Bias) {
  Scenario scenario = small_scenario();
  EXPECT_EQ(make_training(scenario).initial_values.size(), 3U * 4 + 4 + 4 * 2 + 2);
  scenario.model.bias = false;
  EXPECT_EQ(make_training(scenario).initial_values.size(), 3U * 4 + 4 * 2);
}

TEST(Setup, InitialValues) {
  Scenario scenario = small_scenario();
  scenario.model.init.choice = InitSpec::Constant{0.5};
  EXPECT_THAT(make_training(scenario).initial_values, Each(0.5F));
  scenario.model.init.choice = InitSpec::Ternary{};
  EXPECT_THAT(make_training(scenario).initial_values, Each(::testing::AnyOf(-1.0F, 0.0F, 1.0F)));
  scenario.model.widths = {1, 2};
  scenario.model.init.choice = InitSpec::Values{{{1.5, 2.5}, {3.5, 4.5}}};
  EXPECT_THAT(make_training(scenario).initial_values, ElementsAre(1.5F, 2.5F, 3.5F, 4.5F));
  scenario.model.init.choice = InitSpec::Kaiming{};
  const std::vector<float> drawn = make_training(scenario).initial_values;
  scenario.train.seed += 1;
  EXPECT_NE(make_training(scenario).initial_values, drawn);
}

TEST(Setup, Optimizer) {
  Scenario scenario = small_scenario();
  OptimizerSpec& spec = scenario.train.optimizer;
  spec = {.kind = OptimizerSpec::Kind::sgd,
          .learning_rate = 0.5,
          .momentum = 0.25,
          .nesterov = true,
          .weight_decay = 0.125};
  const auto sgd = std::get<kernels::SgdSettings>(make_training(scenario).optimizer);
  EXPECT_EQ(sgd.learning_rate, 0.5);
  EXPECT_EQ(sgd.momentum, 0.25);
  EXPECT_TRUE(sgd.nesterov);
  EXPECT_EQ(sgd.weight_decay, 0.125);

  spec = {.kind = OptimizerSpec::Kind::adam,
          .learning_rate = 0.5,
          .weight_decay = 0.125,
          .beta1 = 0.75,
          .beta2 = 0.875,
          .epsilon = 0.0625};
  const auto adam = std::get<kernels::AdamSettings>(make_training(scenario).optimizer);
  EXPECT_EQ(adam.learning_rate, 0.5);
  EXPECT_EQ(adam.beta1, 0.75);
  EXPECT_EQ(adam.beta2, 0.875);
  EXPECT_EQ(adam.epsilon, 0.0625);
  EXPECT_EQ(adam.weight_decay, 0.125);

  spec = {.kind = OptimizerSpec::Kind::ternary, .threshold = 0.5};
  EXPECT_EQ(std::get<kernels::TernarySettings>(make_training(scenario).optimizer).threshold, 0.5);
}

TEST(Setup, LossAndElementType) {
  Scenario scenario = small_scenario();
  scenario.train.loss = TrainSpec::Loss::cross_entropy;
  EXPECT_EQ(make_training(scenario).loss, Loss::cross_entropy);
  scenario.train.loss = TrainSpec::Loss::mse;
  EXPECT_EQ(make_training(scenario).loss, Loss::mse);
  EXPECT_EQ(make_training(scenario, DType::f64).dtype, DType::f64);
}

// So that what is compared with f64 differs by arithmetic only.
TEST(Setup, InBf16EveryTypeStartsFromWhatBf16Holds) {
  Scenario scenario = small_scenario();
  const std::vector<float> drawn = make_training(scenario).initial_values;
  scenario.train.dtype = TrainSpec::Type::bf16;
  EXPECT_EQ(make_training(scenario).dtype, DType::bf16);
  std::vector<float> held;
  for (const float value : drawn) held.push_back(stored_as(DType::bf16, value));
  EXPECT_NE(held, drawn);
  EXPECT_EQ(make_training(scenario).initial_values, held);
  EXPECT_EQ(make_training(scenario, DType::f64).initial_values, held);
  std::vector<float> inputs(3);
  make_dataset(scenario).copy_inputs(std::vector<SampleId>{7}, inputs);
  for (const float input : inputs) EXPECT_EQ(input, stored_as(DType::bf16, input));
}

TEST(Setup, TokensAndWhatIsMadeOfThem) {
  Scenario scenario = small_scenario();
  scenario.model.kind = ModelSpec::Kind::gpt;
  scenario.data.source = DataSpec::Source::synthetic;
  scenario.train.loss = TrainSpec::Loss::cross_entropy;
  const Training training = make_training(scenario);
  EXPECT_TRUE(training.architecture.takes_tokens);
  EXPECT_EQ(training.architecture.sample, (Shape{scenario.model.context}));
  EXPECT_EQ(training.initial_values.size(), scenario.model.parameters());
  const Dataset data = make_dataset(scenario);
  EXPECT_TRUE(data.has_tokens());
  EXPECT_EQ(data.input_width(), scenario.model.context);
  EXPECT_EQ(data.classes(), scenario.model.vocabulary);
}

TEST(Setup, GeneratedData) {
  Scenario scenario = small_scenario();
  scenario.data.source = DataSpec::Source::synthetic;
  EXPECT_TRUE(make_dataset(scenario).has_labels());
  EXPECT_EQ(make_dataset(scenario).size(), 16U);
  EXPECT_EQ(make_dataset(scenario).input_width(), 3U);
  EXPECT_FALSE(is_exact(scenario));

  scenario.train.loss = TrainSpec::Loss::mse;
  EXPECT_EQ(make_dataset(scenario).target_width(), 2U);

  scenario.data.source = DataSpec::Source::exact;
  EXPECT_TRUE(is_exact(scenario));
  const std::vector<float> inputs = inputs_of(make_dataset(scenario), first_ids(16));
  EXPECT_THAT(inputs, Each(::testing::Truly([](float x) { return x == std::round(x); })));
  EXPECT_FALSE(make_test_dataset(scenario).has_value());
}

TEST(Setup, InlineData) {
  Scenario scenario = small_scenario();
  scenario.model.widths = {2, 3};
  scenario.data.source = DataSpec::Source::inline_rows;
  scenario.data.inputs = {{1, 2}, {3, 4}};
  scenario.data.targets = {{2}, {0}};
  EXPECT_THAT(labels_of(make_dataset(scenario), {0, 1}), ElementsAre(2, 0));
  EXPECT_THAT(inputs_of(make_dataset(scenario), {1}), ElementsAre(3.0F, 4.0F));
  scenario.train.loss = TrainSpec::Loss::mse;
  scenario.data.targets = {{1, 2, 3}, {4, 5, 6}};
  EXPECT_THAT(values_of(make_dataset(scenario), {1}), ElementsAre(4.0F, 5.0F, 6.0F));
}

TEST(Setup, FashionMnist) {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) GTEST_SKIP() << "the data is not installed";
  Scenario scenario = small_scenario();
  scenario.model.widths = {784, 10};
  scenario.data.source = DataSpec::Source::fashion_mnist;
  EXPECT_EQ(make_dataset(scenario).size(), 60000U);
  EXPECT_EQ(make_test_dataset(scenario)->size(), 10000U);
}

class SetupOfFiles : public testing::FolderTest {
 protected:
  /// Two pictures of 1 x 3 pixels, of the classes 1 and 0.
  Scenario idx_scenario() const {
    using namespace std::string_literals;
    write_file_atomically(folder_ / "images", "\0\0\x08\x03\0\0\0\2\0\0\0\1\0\0\0\3\0\xff\0\xff\0\xff"s);
    write_file_atomically(folder_ / "labels", "\0\0\x08\x01\0\0\0\2\1\0"s);
    Scenario scenario = small_scenario();
    scenario.data.source = DataSpec::Source::idx;
    scenario.data.images = folder_ / "images";
    scenario.data.labels = folder_ / "labels";
    return scenario;
  }
};

TEST_F(SetupOfFiles, AreReadForTrainingAndForTesting) {
  Scenario scenario = idx_scenario();
  EXPECT_THAT(labels_of(make_dataset(scenario), {0, 1}), ElementsAre(1, 0));
  EXPECT_THAT(inputs_of(make_dataset(scenario), {0}), ElementsAre(0.0F, 1.0F, 0.0F));
  EXPECT_FALSE(make_test_dataset(scenario).has_value());
  scenario.data.test_images = scenario.data.images;
  scenario.data.test_labels = scenario.data.labels;
  EXPECT_EQ(make_test_dataset(scenario)->size(), 2U);
}

TEST_F(SetupOfFiles, ThatDoNotFitTheModelAreInvalidInput) {
  Scenario scenario = idx_scenario();
  scenario.model.widths = {4, 2};
  EXPECT_EQ(error_of([&] { make_dataset(scenario); }),
            "small: model: it takes 4 inputs, but a sample of the data has 3");
  scenario.model.widths = {3, 2};
  scenario.train.loss = TrainSpec::Loss::mse;
  EXPECT_EQ(error_of([&] { make_dataset(scenario); }), "small: train.loss: mse does not fit data with class labels");
  scenario.train.loss = TrainSpec::Loss::cross_entropy;
  scenario.model.widths = {3, 1};
  EXPECT_THAT(error_of([&] { make_dataset(scenario); }), HasSubstr("label"));
  scenario = idx_scenario();
  scenario.data.images = folder_ / "nothing";
  EXPECT_THROW(make_dataset(scenario), IoError);
}

TEST(Setup, InlineDataThatDoesNotFitTheModelIsInvalidInput) {
  Scenario scenario = small_scenario();
  scenario.data.source = DataSpec::Source::inline_rows;
  scenario.train.loss = TrainSpec::Loss::mse;
  scenario.data.inputs = {{1, 2, 3}};
  scenario.data.targets = {{1, 2, 3}};
  EXPECT_EQ(error_of([&] { make_dataset(scenario); }),
            "small: model: it has 2 outputs, but the data has 3 values per target");
  scenario.data.inputs = {{1, 2}};
  EXPECT_THAT(error_of([&] { make_dataset(scenario); }), HasSubstr("a sample of the data has 2"));
}

TEST(Setup, OrderAndLastBatch) {
  Scenario scenario = small_scenario();
  const Dataset dataset = make_dataset(scenario);
  scenario.data.shuffle = false;
  scenario.data.last_batch = DataSpec::LastBatch::keep;
  EXPECT_THAT(make_batches(scenario, dataset, 5)(0), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(make_sampler(scenario, dataset, 5).steps_per_epoch(), 4U);
  scenario.data.last_batch = DataSpec::LastBatch::drop;
  EXPECT_EQ(make_sampler(scenario, dataset, 5).steps_per_epoch(), 3U);
  scenario.data.shuffle = true;
  const std::vector<SampleId> shuffled = make_batches(scenario, dataset, 16)(0);
  EXPECT_NE(shuffled, first_ids(16));
  EXPECT_THAT(shuffled, ::testing::UnorderedElementsAreArray(first_ids(16)));
}

TEST(Setup, WorldAndStrategy) {
  Scenario scenario = small_scenario();
  scenario.run.device_memory = 4096;
  const World world = make_world(scenario, 3);
  EXPECT_EQ(world.size(), 3);
  EXPECT_EQ(world.ranks[2]->device->capacity(), 4096U);
  EXPECT_EQ(world.ranks[2]->device->name(), "cpu:2");

  scenario.run.slow_device = 1;
  scenario.run.slow_factor = 2;
  const World slowed = make_world(scenario, 3);
  const auto is_slowed = [](Device& device) {
    return dynamic_cast<SlowedStream*>(device.make_compute_stream().get()) != nullptr;
  };
  EXPECT_FALSE(is_slowed(*slowed.ranks[0]->device));
  EXPECT_TRUE(is_slowed(*slowed.ranks[1]->device));
  scenario.run.slow_device = 0;
  EXPECT_FALSE(is_slowed(*make_reference_world(scenario).ranks[0]->device)) << "what is compared with is not";

  scenario.run.strategy = RunSpec::Strategy::single;
  EXPECT_EQ(strategy_name(scenario), "single");
  scenario.run.strategy = RunSpec::Strategy::dp;
  EXPECT_EQ(strategy_name(scenario), "dp");
  scenario.run.strategy = RunSpec::Strategy::ddp;
  EXPECT_EQ(strategy_name(scenario), "ddp");

  scenario.run.first_bucket = 8;
  scenario.run.bucket = 16;
  EXPECT_EQ(make_options(scenario).buckets.first, 8U);
  EXPECT_EQ(make_options(scenario).buckets.others, 16U);

  const auto split = [&](SplitSpec spec) {
    scenario.run.split = std::move(spec);
    return make_options(scenario).split(9, 4);
  };
  EXPECT_EQ(split({SplitSpec::Rule::chunk}), chunk(9, 4));
  EXPECT_EQ(split({SplitSpec::Rule::balanced}), balanced(9, 4));
  EXPECT_EQ(split({SplitSpec::Sizes{0, 5, 1, 3}}), (std::vector<Rows>{{0, 0}, {0, 5}, {5, 1}, {6, 3}}));
}

}  // namespace
}  // namespace lockstep
