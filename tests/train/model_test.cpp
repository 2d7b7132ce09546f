// The whole network's gradients against finite differences, in double.
#include "harness/train/models/model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "harness/base/random.hpp"
#include "harness/device/cpu/cpu_world.hpp"
#include "harness/train/init.hpp"
#include "harness/train/loss.hpp"
#include "harness/train/models/mlp.hpp"

namespace lockstep {
namespace {

struct GradientCase {
  Activation activation;
  Loss loss;
  bool bias;
};

class ModelGradient : public ::testing::TestWithParam<GradientCase> {
 protected:
  static constexpr std::size_t rows = 5;
  static constexpr std::size_t inputs = 4;
  static constexpr std::size_t outputs = 3;

  ModelGradient()
      : world_{cpu::open_world({.ranks = 1})},
        device_{*world_.ranks[0]->device},
        stream_{device_.make_compute_stream()},
        architecture_{make_mlp({inputs, 6, 5, outputs}, GetParam().activation, GetParam().bias)},
        model_{device_, DType::f64, architecture_},
        x_{device_, DType::f64, {rows, inputs}, Use::batch},
        loss_{device_, DType::f64, {1}, Use::workspace} {
    fill(model_.parameters().values(), 1);
    fill(x_, 2);
    if (GetParam().loss == Loss::mse) {
      targets_ = Tensor{device_, DType::f64, {rows, outputs}, Use::batch};
      fill(targets_, 3);
    } else {
      targets_ = Tensor{device_, DType::i32, {rows}, Use::batch};
      for (std::size_t row = 0; row < rows; ++row)
        targets_.values<std::int32_t>()[row] = static_cast<std::int32_t>(row % outputs);
    }
  }

  static void fill(const Tensor& tensor, std::uint64_t stream) {
    const RandomStream random{11, stream};
    std::uint64_t index = 0;
    for (double& value : tensor.values<double>()) value = random.normal(index++);
  }

  /// The loss at the current parameters; leaves the gradient of the outputs in `doutputs`.
  double loss(Tensor& doutputs) {
    const Tensor y = model_.forward(*stream_, x_);
    doutputs = Tensor{device_, DType::f64, y.shape(), Use::activations};
    compute_loss(*stream_, GetParam().loss, y, targets_, loss_scale(GetParam().loss, rows, outputs), loss_, doutputs,
                 kernels::Into::overwrite);
    return to_host<double>(*stream_, loss_)[0];
  }
  std::vector<double> gradients(kernels::Into into) {
    Tensor doutputs;
    loss(doutputs);
    model_.backward(*stream_, doutputs, into, [](const Parameter&) {});
    return to_host<double>(*stream_, model_.parameters().gradients());
  }

  World world_;
  Device& device_;
  std::unique_ptr<Stream> stream_;
  Architecture architecture_;
  Model model_;
  Tensor x_;
  Tensor targets_;
  Tensor loss_;
};

TEST_P(ModelGradient, agrees_with_central_differences) {
  const std::vector<double> analytic = gradients(kernels::Into::overwrite);
  const auto values = model_.parameters().values().values<double>();
  // Central differences err by h²/6·f''' + u·|f|/h; h = 1e-5 makes both about 1e-10 for values of order one.
  constexpr double h = 1e-5;
  for (std::size_t i = 0; i < analytic.size(); ++i) {
    const double value = values[i];
    Tensor ignored;
    values[i] = value + h;
    const double above = loss(ignored);
    values[i] = value - h;
    const double below = loss(ignored);
    values[i] = value;
    EXPECT_NEAR(analytic[i], (above - below) / (2 * h), 1e-8) << "parameter element " << i;
  }
}

TEST_P(ModelGradient, accumulates_when_told_to) {
  const std::vector<double> once = gradients(kernels::Into::overwrite);
  const std::vector<double> twice = gradients(kernels::Into::add);
  for (std::size_t i = 0; i < once.size(); ++i)
    EXPECT_NEAR(twice[i], 2 * once[i], 1e-14 * (1 + std::abs(once[i]))) << "sums of a few terms of order one";
}

TEST_P(ModelGradient, announces_each_parameter_once_last_first) {
  Tensor doutputs;
  loss(doutputs);
  std::vector<std::size_t> offsets;
  model_.backward(*stream_, doutputs, kernels::Into::overwrite,
                  [&](const Parameter& p) { offsets.push_back(p.offset); });
  EXPECT_EQ(offsets.size(), model_.parameters().all().size());
  EXPECT_TRUE(std::is_sorted(offsets.rbegin(), offsets.rend()));
}

TEST_P(ModelGradient, only_the_first_step_allocates) {
  gradients(kernels::Into::overwrite);
  const MemoryAccount before = device_.account();
  const Tensor y = model_.forward(*stream_, x_.view_rows(0, 2));
  EXPECT_EQ(y.shape(), (Shape{2, outputs}));
  EXPECT_EQ(device_.account().total.peak, before.total.peak);
}

INSTANTIATE_TEST_SUITE_P(Cpu, ModelGradient,
                         ::testing::Values(GradientCase{Activation::tanh, Loss::mse, true},
                                           GradientCase{Activation::tanh, Loss::cross_entropy, true},
                                           GradientCase{Activation::relu, Loss::cross_entropy, true},
                                           GradientCase{Activation::none, Loss::mse, false}));

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
