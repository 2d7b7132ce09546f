#include "tests/train/gradient_check.hpp"

#include <gtest/gtest.h>

#include "harness/base/random.hpp"

namespace lockstep {
namespace {

void fill(const Tensor& tensor, std::uint64_t stream) {
  const RandomStream random{11, stream};
  std::uint64_t index = 0;
  for (double& value : tensor.values<double>()) value = random.normal(index++);
}

void fill_tokens(const Tensor& tensor, std::size_t vocabulary, std::uint64_t stream) {
  const RandomStream random{11, stream};
  std::uint64_t index = 0;
  for (std::int32_t& token : tensor.values<std::int32_t>())
    token = static_cast<std::int32_t>(random.below(vocabulary, index++));
}

}  // namespace

GradientSubject::GradientSubject(const Architecture& architecture, Loss loss, std::size_t rows)
    : world_{cpu::open_world({.ranks = 1})},
      stream_{device().make_compute_stream()},
      model_{device(), DType::f64, architecture},
      loss_kind_{loss},
      x_{device(), architecture.input_dtype(DType::f64), of_rows(rows, architecture.sample), Use::batch},
      loss_{device(), DType::f64, {1}, Use::workspace} {
  model_.buffers().start(*stream_);
  fill(model_.parameters().values(), 1);
  architecture.takes_tokens ? fill_tokens(x_, architecture.output_shape().back(), 2) : fill(x_, 2);
  const std::size_t outputs = count_of(architecture.output_shape());
  if (loss == Loss::mse) {
    targets_ = Tensor{device(), DType::f64, {rows, outputs}, Use::batch};
    fill(targets_, 3);
    return;
  }
  const Shape output = architecture.output_shape();
  targets_ = Tensor{device(), DType::i32, {rows * predictions_of(output)}, Use::batch};
  for (std::size_t i = 0; i < targets_.count(); ++i)
    targets_.values<std::int32_t>()[i] = static_cast<std::int32_t>(i % output.back());
}

double GradientSubject::loss(Tensor& doutputs) {
  const Tensor y = model_.forward(*stream_, x_);
  doutputs = Tensor{device(), DType::f64, y.shape(), Use::activations};
  const Shape output{y.shape().begin() + 1, y.shape().end()};
  compute_loss(*stream_, loss_kind_, y, targets_, loss_scale(loss_kind_, y.rows(), output), loss_, doutputs,
               kernels::Into::overwrite);
  return to_host<double>(*stream_, loss_)[0];
}

std::vector<double> GradientSubject::gradients(kernels::Into into) {
  Tensor doutputs;
  loss(doutputs);
  model_.backward(*stream_, doutputs, into, [](const Parameter&) {});
  return to_host<double>(*stream_, model_.parameters().gradients());
}

void expect_central_differences(GradientSubject& subject) {
  const std::vector<double> analytic = subject.gradients(kernels::Into::overwrite);
  const auto values = subject.model().parameters().values().values<double>();
  for (std::size_t i = 0; i < analytic.size(); ++i) {
    const double value = values[i];
    const auto loss_at = [&](double moved) {
      Tensor ignored;
      values[i] = value + moved;
      return subject.loss(ignored);
    };
    const auto difference = [&](double h) { return (loss_at(h) - loss_at(-h)) / (2 * h); };
    constexpr double h = 2e-4;
    EXPECT_NEAR(analytic[i], (4 * difference(h / 2) - difference(h)) / 3, 1e-8) << "parameter element " << i;
    values[i] = value;
  }
}

}  // namespace lockstep
