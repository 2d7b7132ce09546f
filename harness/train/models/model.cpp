#include "harness/train/models/model.hpp"

#include <algorithm>

namespace lockstep {

std::vector<ParameterSpec> Architecture::parameter_specs() const {
  std::vector<ParameterSpec> specs;
  for (const auto& layer : layers) std::ranges::move(layer->parameter_specs(), std::back_inserter(specs));
  return specs;
}

Shape Architecture::output_shape() const {
  Shape shape = sample;
  for (const auto& layer : layers) shape = layer->output_shape(shape);
  return shape;
}

Model::Model(Device& device, DType dtype, const Architecture& architecture)
    : device_{device}, parameters_{device, dtype, architecture.parameter_specs()} {
  std::span<const Parameter> rest = parameters_.all();
  Shape shape = architecture.sample;
  require(!architecture.layers.empty() && !architecture.layers[0]->is_in_place(),
          "the first layer would overwrite the batch");
  for (const auto& layer : architecture.layers) {
    const std::size_t count = layer->parameter_specs().size();
    shape = layer->output_shape(shape);
    nodes_.push_back({layer.get(), rest.first(count), shape, {}});
    rest = rest.subspan(count);
  }
}

Tensor Model::forward(Stream& stream, const Tensor& x) {
  reserve(x.rows());
  saved_ = {x};
  for (const Node& node : nodes_) {
    const Tensor& input = saved_.back();
    const Tensor output = node.layer->is_in_place() ? input : rows_of(node.y, node.output, x.rows());
    node.layer->forward(stream, node.parameters, input, output);
    saved_.push_back(output);
  }
  return saved_.back();
}

void Model::backward(Stream& stream, const Tensor& dy, kernels::Into into, const GradientReady& ready) {
  require(!saved_.empty(), "backward before forward");
  Tensor gradient = dy;
  std::size_t turn = 0;
  for (std::size_t index = nodes_.size(); index-- > 0;) {
    const Node& node = nodes_[index];
    const Tensor& x = saved_[index];
    Tensor dx = gradient;
    if (!node.layer->is_in_place() && index > 0) dx = dx_[turn++ % 2].view(0, x.shape());
    node.layer->backward(stream, node.parameters,
                         {.x = x,
                          .y = saved_[index + 1],
                          .dy = gradient,
                          .dx = index > 0 ? &dx : nullptr,
                          .into = into,
                          .ready = ready});
    gradient = dx;
  }
}

void Model::reserve(std::size_t rows) {
  if (rows <= capacity_) return;
  std::size_t widest = 0;
  for (std::size_t index = 0; index < nodes_.size(); ++index) {
    Node& node = nodes_[index];
    node.y = {};
    if (!node.layer->is_in_place()) node.y = Tensor{device_, dtype(), {rows, count_of(node.output)}, Use::activations};
    if (index + 1 < nodes_.size()) widest = std::max(widest, count_of(node.output));
  }
  for (Tensor& dx : dx_) {
    dx = {};
    dx = Tensor{device_, dtype(), {rows, widest}, Use::activations};
  }
  capacity_ = rows;
}

Tensor Model::rows_of(const Tensor& buffer, const Shape& sample, std::size_t rows) const {
  Shape shape{rows};
  shape.insert(shape.end(), sample.begin(), sample.end());
  return buffer.view(0, std::move(shape));
}

}  // namespace lockstep
