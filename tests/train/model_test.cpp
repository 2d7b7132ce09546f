// The whole network's gradients against finite differences, in double.
#include "harness/train/models/model.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "harness/train/init.hpp"
#include "harness/train/layers/activation.hpp"
#include "harness/train/layers/convolution.hpp"
#include "harness/train/layers/linear.hpp"
#include "harness/train/layers/pooling.hpp"
#include "harness/train/layers/residual.hpp"
#include "harness/train/models/gpt.hpp"
#include "harness/train/models/mlp.hpp"
#include "harness/train/models/resnet.hpp"
#include "tests/train/gradient_check.hpp"

namespace lockstep {
namespace {

struct GradientCase {
  std::string name;
  Architecture (*make)();
  Loss loss;
};

constexpr std::size_t inputs = 4;
constexpr std::size_t outputs = 3;

Architecture tanh_mlp() { return make_mlp({inputs, 6, 5, outputs}, Activation::tanh, true); }
Architecture relu_mlp() { return make_mlp({inputs, 6, 5, outputs}, Activation::relu, true); }
Architecture linear_mlp() { return make_mlp({inputs, 6, 5, outputs}, Activation::none, false); }

/// x₁ = tanh(W₀x), twice x ← tanh(x + W tanh(Wx)), and a shortcut with a matrix of its own.
Architecture with_shortcuts() {
  Architecture net{.nodes = {}, .sample = {inputs}};
  const auto linear = [](const std::string& name, std::size_t in, std::size_t out) {
    return std::make_unique<Linear>(name, in, out, true);
  };
  net.add(linear("stem", inputs, 5));
  std::size_t x = net.add(std::make_unique<Tanh>());
  for (const std::string block : {"a", "b"}) {
    net.add(linear(block + "1", 5, 5), {x});
    net.add(std::make_unique<Tanh>());
    const std::size_t branch = net.add(linear(block + "2", 5, 5));
    net.add(std::make_unique<Residual>(), {branch, x});
    x = net.add(std::make_unique<Tanh>());
  }
  const std::size_t branch = net.add(linear("c", 5, outputs), {x});
  const std::size_t shortcut = net.add(linear("projection", 5, outputs), {x});
  net.add(std::make_unique<Residual>(), {branch, shortcut});
  return net;
}

Architecture resnet(Normalization normalization) {
  return make_resnet({.image = {2, 5, 4},
                      .depth = 8,
                      .filters = 2,
                      .classes = outputs,
                      .activation = Activation::tanh,
                      .normalization = normalization});
}
Architecture resnet_with_batch_norm() { return resnet(Normalization::batch); }
Architecture plain_resnet() { return resnet(Normalization::none); }

constexpr GptShape small_gpt{.layers = 2, .width = 6, .heads = 2, .context = 4, .vocabulary = 7};
Architecture gpt() { return make_gpt(small_gpt); }
Architecture gpt_with_dropout() {
  GptShape shape = small_gpt;
  shape.dropout = 0.25;
  return make_gpt(shape);
}

Architecture convolutions_with_pooling() {
  Architecture net{.nodes = {}, .sample = {1, 8, 7}};
  net.add(std::make_unique<Convolution>(
      "a", kernels::ConvolutionShape{.channels = 1, .height = 8, .width = 7, .filters = 3, .kernel = 3, .padding = 1}));
  net.add(std::make_unique<MaxPooling>(2, 3));
  net.add(std::make_unique<Tanh>());
  net.add(std::make_unique<AveragePooling>(2, 2));
  net.add(std::make_unique<Linear>("b", 3 * 2 * 1, outputs, true));
  return net;
}

class ModelGradient : public ::testing::TestWithParam<GradientCase> {
 protected:
  static constexpr std::size_t rows = 5;

  Architecture architecture_ = GetParam().make();
  GradientSubject subject_{architecture_, GetParam().loss, rows};
};

TEST_P(ModelGradient, agrees_with_central_differences) { expect_central_differences(subject_); }

TEST_P(ModelGradient, accumulates_when_told_to) {
  const std::vector<double> once = subject_.gradients(kernels::Into::overwrite);
  const std::vector<double> twice = subject_.gradients(kernels::Into::add);
  for (std::size_t i = 0; i < once.size(); ++i)
    EXPECT_NEAR(twice[i], 2 * once[i], 1e-14 * (1 + std::abs(once[i]))) << "sums of a few terms of order one";
}

TEST_P(ModelGradient, announces_each_parameter_once_last_first) {
  Tensor doutputs;
  subject_.loss(doutputs);
  std::vector<std::size_t> offsets;
  subject_.model().backward(subject_.stream(), doutputs, kernels::Into::overwrite,
                            [&](const Parameter& p) { offsets.push_back(p.offset); });
  EXPECT_EQ(offsets.size(), subject_.model().parameters().all().size());
  EXPECT_TRUE(std::is_sorted(offsets.rbegin(), offsets.rend()));
}

TEST_P(ModelGradient, only_the_first_step_allocates) {
  subject_.gradients(kernels::Into::overwrite);
  const MemoryAccount before = subject_.device().account();
  const Tensor y = subject_.model().forward(subject_.stream(), subject_.x().view_rows(0, 2));
  Shape expected = architecture_.output_shape();
  expected.insert(expected.begin(), 2);
  EXPECT_EQ(y.shape(), expected);
  EXPECT_EQ(subject_.device().account().total.peak, before.total.peak);
}

INSTANTIATE_TEST_SUITE_P(
    Cpu, ModelGradient,
    ::testing::Values(GradientCase{"tanh_mse", tanh_mlp, Loss::mse},
                      GradientCase{"tanh_cross_entropy", tanh_mlp, Loss::cross_entropy},
                      GradientCase{"relu_cross_entropy", relu_mlp, Loss::cross_entropy},
                      GradientCase{"linear_mse", linear_mlp, Loss::mse},
                      GradientCase{"resnet_cross_entropy", resnet_with_batch_norm, Loss::cross_entropy},
                      GradientCase{"resnet_without_batch_norm_mse", plain_resnet, Loss::mse},
                      GradientCase{"gpt_cross_entropy", gpt, Loss::cross_entropy},
                      GradientCase{"gpt_with_dropout_cross_entropy", gpt_with_dropout, Loss::cross_entropy},
                      GradientCase{"pooling_mse", convolutions_with_pooling, Loss::mse},
                      GradientCase{"shortcuts_cross_entropy", with_shortcuts, Loss::cross_entropy}),
    [](const auto& param) { return param.param.name; });

TEST(Gpt, has_the_names_and_shapes_of_gpt_2) {
  std::vector<std::string> names;
  for (const ParameterSpec& spec : gpt().parameter_specs()) names.push_back(spec.name + format_shape(spec.shape));
  EXPECT_THAT(std::vector(names.begin(), names.begin() + 8),
              ::testing::ElementsAre("wte.weight[7, 6]", "wpe.weight[4, 6]", "h.0.ln_1.weight[6]", "h.0.ln_1.bias[6]",
                                     "h.0.attn.c_attn.weight[18, 6]", "h.0.attn.c_attn.bias[18]",
                                     "h.0.attn.c_proj.weight[6, 6]", "h.0.attn.c_proj.bias[6]"));
  EXPECT_EQ(names.size(), 2U + 2 * 12 + 2);
  EXPECT_EQ(names.back(), "ln_f.bias[6]");
}

TEST(Gpt, starts_as_gpt_2_does) {
  const Architecture net = make_gpt({.layers = 8, .width = 64, .heads = 2, .context = 64, .vocabulary = 64});
  const std::vector<float> values = kaiming_uniform(net.parameter_specs(), 1);
  std::size_t offset = 0;
  for (const ParameterSpec& spec : net.parameter_specs()) {
    const std::size_t count = count_of(spec.shape);
    double squares = 0;
    for (std::size_t i = offset; i < offset + count; ++i) squares += std::pow(values[i], 2);
    const double deviation = std::sqrt(squares / static_cast<double>(count));
    const bool ends_branch = spec.name.ends_with("c_proj.weight");
    if (spec.shape.size() == 2)  // at least 4096 of them: 1.1 % is the deviation of what is estimated
      EXPECT_NEAR(deviation, ends_branch ? 0.005 : 0.02, 0.001) << spec.name;
    else
      EXPECT_EQ(deviation, spec.name.ends_with("weight") ? 1 : 0) << spec.name;
    offset += count;
  }
}

/// Both uses of the table count: with its gradient as an embedding alone, rows of tokens that are not in the batch
/// would have none.
TEST(Gpt, ties_output_weights_to_the_embedding) {
  const Architecture net = gpt();
  GradientSubject subject{net, Loss::cross_entropy, 1};
  std::ranges::fill(subject.x().values<std::int32_t>(), 3);
  const std::vector<double> gradients = subject.gradients(kernels::Into::overwrite);
  for (std::size_t i = 0; i < small_gpt.vocabulary * small_gpt.width; ++i) EXPECT_NE(gradients[i], 0) << i;
}

TEST(Gpt, drops_by_step_and_row_in_training_only) {
  const Architecture net = gpt_with_dropout();
  GradientSubject subject{net, Loss::cross_entropy, 2};
  std::ranges::fill(subject.x().values<std::int32_t>(), 3);
  const auto output = [&](Mode mode, BatchPlace place) {
    return to_host<double>(subject.stream(), subject.model().forward(subject.stream(), subject.x(), mode, place));
  };
  const std::vector<double> whole = output(Mode::train, {.step = 1, .first_row = 4});
  EXPECT_NE(whole, output(Mode::train, {.step = 2, .first_row = 4}));
  EXPECT_EQ(output(Mode::evaluate, {.step = 1}), output(Mode::evaluate, {.step = 2}));
  // The second of the two rows, by itself.
  const Tensor second =
      subject.model().forward(subject.stream(), subject.x().view_rows(1, 1), Mode::train, {.step = 1, .first_row = 5});
  EXPECT_EQ(to_host<double>(subject.stream(), second),
            (std::vector<double>{whole.begin() + std::ssize(whole) / 2, whole.end()}));
}

TEST(Initialisation, kaiming_stays_in_its_bounds_and_differs_by_parameter) {
  const auto specs = make_mlp({100, 50, 10}, Activation::relu, true).parameter_specs();
  const auto values = kaiming_uniform(specs, 1);
  ASSERT_EQ(values.size(), 100U * 50 + 50 + 50 * 10 + 10);
  for (std::size_t i = 0; i < 5050; ++i) ASSERT_LE(std::abs(values[i]), 0.1F);
  EXPECT_TRUE(std::any_of(values.begin() + 5050, values.end(), [](float v) { return std::abs(v) > 0.1F; }));
  EXPECT_NE(values[0], values[5000]);
  EXPECT_EQ(values, kaiming_uniform(specs, 1));
  EXPECT_NE(values, kaiming_uniform(specs, 2));
}

TEST(Initialisation, ternary_has_at_most_four_non_zeros_per_output) {
  const auto specs = make_mlp({30, 20, 4}, Activation::relu, true).parameter_specs();
  const auto values = sparse_ternary(specs, 1);
  for (std::size_t row = 0; row < 20; ++row) {
    const auto non_zeros =
        std::count_if(values.begin() + static_cast<long>(30 * row), values.begin() + static_cast<long>(30 * row + 30),
                      [](float v) { return v != 0; });
    EXPECT_GE(non_zeros, 1);
    EXPECT_LE(non_zeros, 4);
  }
  EXPECT_TRUE(std::all_of(values.begin(), values.end(), [](float v) { return v == 0 || std::abs(v) == 1; }));
}

}  // namespace
}  // namespace lockstep
