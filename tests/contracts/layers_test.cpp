// What a layer computes on any device: the bits that the CPU's kernels compute, on integers, where every order of its
// sums gives the same.
#include <gmock/gmock.h>

#include <cmath>

#include "harness/base/random.hpp"
#include "harness/device/cpu/cpu_world.hpp"
#include "harness/ops/batch_norm.hpp"
#include "harness/ops/memory.hpp"
#include "harness/train/layers/activation.hpp"
#include "harness/train/layers/batch_norm.hpp"
#include "harness/train/layers/convolution.hpp"
#include "harness/train/layers/dropout.hpp"
#include "harness/train/layers/embedding.hpp"
#include "harness/train/layers/linear.hpp"
#include "harness/train/layers/pooling.hpp"
#include "harness/train/layers/residual.hpp"
#include "harness/train/models/gpt.hpp"
#include "harness/train/models/model.hpp"
#include "tests/contracts/worlds.hpp"

namespace lockstep {
namespace {

constexpr std::size_t rows = 3;
constexpr std::size_t passes = 2;  // the second one adds to the gradients of the first

std::unique_ptr<Layer> convolution(const std::string& name, const kernels::ConvolutionShape& shape) {
  return std::make_unique<Convolution>(name, shape);
}

Architecture images() {
  Architecture net{.nodes = {}, .sample = {2, 9, 8}};
  net.add(
      convolution("a", {.channels = 2, .height = 9, .width = 8, .filters = 3, .kernel = 3, .stride = 1, .padding = 1}));
  const std::size_t x = net.add(std::make_unique<Relu>());
  net.add(
      convolution("b", {.channels = 3, .height = 9, .width = 8, .filters = 4, .kernel = 3, .stride = 2, .padding = 1}));
  net.add(std::make_unique<Relu>());
  const std::size_t branch = net.add(
      convolution("c", {.channels = 4, .height = 5, .width = 4, .filters = 4, .kernel = 3, .stride = 1, .padding = 1}));
  const std::size_t shortcut =
      net.add(convolution("d", {.channels = 3, .height = 9, .width = 8, .filters = 4, .kernel = 1, .stride = 2}), {x});
  net.add(std::make_unique<Residual>(), {branch, shortcut});
  net.add(std::make_unique<MaxPooling>(2, 1));
  net.add(std::make_unique<AveragePooling>(2, 4));
  net.add(std::make_unique<Linear>("fc", 4, 2, true));
  return net;
}

Architecture normalisation() {
  Architecture net{.nodes = {}, .sample = {3, 4, 5}};
  net.add(std::make_unique<BatchNorm>("norm", 3));
  return net;
}

/// Sums of integers, but for the scale of what is not dropped, a power of two.
Architecture tokens_with_dropout() {
  Architecture net{.nodes = {}, .sample = {7}, .takes_tokens = true};
  net.add(std::make_unique<Embedding>("tokens", 4, 5, 1));
  net.add(std::make_unique<PositionEmbedding>("positions", 7, 5, 1));
  net.add(std::make_unique<Dropout>(0.5, 3, 1));
  return net;
}

Architecture decoder() {
  // Positions beyond the threads of a block; a width that is no multiple of them.
  return make_gpt({.layers = 2, .width = 36, .heads = 2, .context = 70, .vocabulary = 9, .dropout = 0.25});
}

std::vector<float> integers(std::size_t count, std::uint64_t seed) {
  const RandomStream random{7, seed};
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(random.below(5, i)) - 2;
  return values;
}

Tensor tokens(Device& device, Stream& stream, const Shape& shape, std::size_t vocabulary) {
  const RandomStream random{7, 9};
  const Tensor tensor{device, DType::i32, shape, Use::batch};
  std::vector<std::int32_t> values(tensor.count());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int32_t>(random.below(vocabulary, i));
  from_host<std::int32_t>(stream, values, tensor);
  return tensor;
}

Tensor filled(Device& device, Stream& stream, const Shape& shape, std::uint64_t seed) {
  Tensor tensor{device, DType::f32, shape, Use::batch};
  from_host<float>(stream, integers(tensor.count(), seed), tensor);
  return tensor;
}

struct Results {
  std::vector<float> outputs, gradients, buffers, evaluated;
  bool operator==(const Results&) const = default;
};

/// With integers as parameters, or small ones in place of them.
Results run_on(Device& device, const Architecture& net, float scale = 1) {
  const auto stream = device.make_compute_stream();
  Model model{device, DType::f32, net};
  model.buffers().start(*stream);
  const Parameters& parameters = model.parameters();
  std::vector<float> values = integers(parameters.count(), 1);
  for (float& value : values) value *= scale;
  from_host<float>(*stream, values, parameters.values());
  Results results;
  const Tensor x = net.takes_tokens ? tokens(device, *stream, of_rows(rows, net.sample), 4)
                                    : filled(device, *stream, of_rows(rows, net.sample), 2);
  for (std::size_t pass = 0; pass < passes; ++pass) {
    const Tensor y = model.forward(*stream, x, Mode::train, {.step = 7, .first_row = 2});
    results.outputs = to_host<float>(*stream, y);
    const Tensor dy = filled(device, *stream, y.shape(), 3 + pass);
    model.backward(*stream, dy, pass == 0 ? kernels::Into::overwrite : kernels::Into::add, [](const Parameter&) {});
  }
  results.gradients = to_host<float>(*stream, parameters.gradients());
  results.buffers = to_host<float>(*stream, model.buffers().values());
  results.evaluated = to_host<float>(*stream, model.forward(*stream, x, Mode::evaluate));
  return results;
}

/// The gradient by its input, which is no sum of integers any more: each element by itself.
std::vector<float> normalisation_gradient_on(Device& device) {
  const auto stream = device.make_compute_stream();
  const Tensor x = filled(device, *stream, {rows, 3, 4, 5}, 1);
  const Tensor dy = filled(device, *stream, x.shape(), 2);
  const Tensor gamma = filled(device, *stream, {3}, 3);
  const auto channels = [&] { return Tensor{device, DType::f32, {3}, Use::workspace}; };
  const ops::BatchNormTensors statistics{channels(), channels(), channels(), channels()};
  const Tensor sums{device, DType::f64, {6}, Use::workspace};
  const std::size_t count = x.count() / 3;
  ops::zero(*stream, statistics.running_mean);
  ops::zero(*stream, statistics.running_variance);
  ops::batch_norm_sums(*stream, x, sums);
  ops::batch_norm_statistics(*stream, sums, count, statistics, {});
  ops::batch_norm_backward_sums(*stream, x, dy, statistics, sums);
  ops::batch_norm_backward_input(*stream, x, dy, statistics, gamma, sums, count, dy);
  return to_host<float>(*stream, dy);
}

std::vector<WorldCase> worlds_of_one() {
  std::vector<WorldCase> worlds = all_worlds();
  std::erase_if(worlds, [](const WorldCase& world) { return world.ranks != 1; });
  return worlds;
}

class LayerContract : public ::testing::TestWithParam<WorldCase> {
 protected:
  static void expect_the_bits_of_a_cpu(const Architecture& net) {
    World plain = cpu::open_world({.ranks = 1});
    World world = open(GetParam());
    const Results expected = run_on(*plain.ranks[0]->device, net);
    const Results computed = run_on(*world.ranks[0]->device, net);
    EXPECT_EQ(computed.outputs, expected.outputs);
    EXPECT_EQ(computed.gradients, expected.gradients);
    EXPECT_EQ(computed.buffers, expected.buffers);
    EXPECT_EQ(computed.evaluated, expected.evaluated);
    EXPECT_THAT(computed.gradients, ::testing::Contains(::testing::Ne(0.0F)));
  }
};

double distance(const std::vector<float>& values, const std::vector<float>& expected) {
  double apart = 0, size = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    apart += std::pow(static_cast<double>(values.at(i)) - static_cast<double>(expected[i]), 2);
    size += std::pow(static_cast<double>(expected[i]), 2);
  }
  return std::sqrt(apart / size);
}

TEST_P(LayerContract, embeddings_and_dropout) { expect_the_bits_of_a_cpu(tokens_with_dropout()); }
/// Exponentials differ in their last bits, and sums of such numbers by their order: within the limit that equivalence
/// has for a network's gradients.
TEST_P(LayerContract, decoder_of_tokens) {
  const Architecture net = decoder();
  World plain = cpu::open_world({.ranks = 1});
  World world = open(GetParam());
  constexpr float small = 0.0625;
  const Results expected = run_on(*plain.ranks[0]->device, net, small);
  const Results computed = run_on(*world.ranks[0]->device, net, small);
  constexpr double limit = 1e-5;
  EXPECT_LE(distance(computed.outputs, expected.outputs), limit);
  EXPECT_LE(distance(computed.gradients, expected.gradients), limit);
  EXPECT_LE(distance(computed.evaluated, expected.evaluated), limit);
  EXPECT_NE(expected.outputs, expected.evaluated);
}
TEST_P(LayerContract, convolutions_and_pooling) { expect_the_bits_of_a_cpu(images()); }
TEST_P(LayerContract, batch_normalisation) { expect_the_bits_of_a_cpu(normalisation()); }
TEST_P(LayerContract, gradient_of_batch_normalisation_by_its_input) {
  World plain = cpu::open_world({.ranks = 1});
  World world = open(GetParam());
  EXPECT_EQ(normalisation_gradient_on(*world.ranks[0]->device), normalisation_gradient_on(*plain.ranks[0]->device));
}

INSTANTIATE_TEST_SUITE_P(Worlds, LayerContract, ::testing::ValuesIn(worlds_of_one()), world_name);

}  // namespace
}  // namespace lockstep
