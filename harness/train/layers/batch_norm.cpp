#include "harness/train/layers/batch_norm.hpp"

#include "harness/ops/batch_norm.hpp"

namespace lockstep {
namespace {

// In the order of the specs.
enum Kept : std::size_t { mean, inverse_deviation, sums };
enum Buffers : std::size_t { running_mean, running_variance };

ops::BatchNormTensors statistics_of(const Layer::Memory& memory) {
  return {.mean = memory.kept[mean],
          .inverse_deviation = memory.kept[inverse_deviation],
          .running_mean = memory.buffers[running_mean],
          .running_variance = memory.buffers[running_variance]};
}

/// Elements of a channel in a batch.
std::size_t count_of_channel(const Tensor& x) { return x.rows() * x.row_size() / x.shape()[1]; }

}  // namespace

std::vector<ParameterSpec> BatchNorm::parameter_specs() const {
  return {{.name = name_ + ".weight", .shape = {channels_}, .fan_in = channels_, .start = 1},
          {.name = name_ + ".bias", .shape = {channels_}, .fan_in = channels_, .start = 0}};
}

std::vector<BufferSpec> BatchNorm::buffer_specs() const {
  return {{name_ + ".running_mean", {channels_}, 0}, {name_ + ".running_var", {channels_}, 1}};
}

std::vector<KeptSpec> BatchNorm::kept_specs() const {
  return {{.shape = {channels_}}, {.shape = {channels_}}, {.shape = {2 * channels_}, .is_double = true}};
}

Shape BatchNorm::output_shape(std::span<const Shape> samples) const {
  const Shape& image = samples.front();
  require(image.size() == 3 && image[0] == channels_, "{} takes images of {} channels, not {}", name_, channels_,
          format_shape(image));
  return image;
}

void BatchNorm::forward(Stream& stream, const Forward& pass) const {
  const ops::BatchNormTensors statistics = statistics_of(pass.memory);
  if (pass.mode == Mode::evaluate) {
    ops::batch_norm_running(stream, statistics, settings_);
  } else {
    ops::batch_norm_sums(stream, pass.x(), pass.memory.kept[sums]);
    ops::batch_norm_statistics(stream, pass.memory.kept[sums], count_of_channel(pass.x()), statistics, settings_);
  }
  ops::batch_norm_forward(stream, pass.x(), statistics, pass.memory.parameters[0].value,
                          pass.memory.parameters[1].value, pass.y);
}

void BatchNorm::backward(Stream& stream, const Backward& pass) const {
  const ops::BatchNormTensors statistics = statistics_of(pass.memory);
  const Parameter& weight = pass.memory.parameters[0];
  const Parameter& bias = pass.memory.parameters[1];
  const Tensor& gradient_sums = pass.memory.kept[sums];
  ops::batch_norm_backward_sums(stream, pass.x, pass.dy, statistics, gradient_sums);
  ops::batch_norm_backward_parameters(stream, gradient_sums, weight.gradient, bias.gradient, pass.into);
  pass.ready(bias);
  pass.ready(weight);
  if (pass.dx != nullptr)
    ops::batch_norm_backward_input(stream, pass.x, pass.dy, statistics, weight.value, gradient_sums,
                                   count_of_channel(pass.x), *pass.dx);
}

}  // namespace lockstep
