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
  make_room(0);  // for a device that never gets a row: tensors without elements, of the right type
}

Tensor Model::forward(Stream& stream, const Tensor& x) {
  saved_.clear();
  reserve(x.rows());
  saved_.push_back(x);
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
  saved_.clear();  // the batch is its owner's again, who may need the room for a larger one
}

void Model::reserve(std::size_t rows) {
  if (capacity_ && rows <= *capacity_) return;
  capacity_.reset();  // until all have grown: the device may run out on the way
  make_room(rows);
  capacity_ = rows;
}

void Model::make_room(std::size_t rows) {
  const auto remake = [&](Tensor& buffer, std::size_t width) {
    buffer = {};
    buffer = Tensor{device_, dtype(), {rows, width}, Use::activations};
  };
  for (Node& node : nodes_)
    if (!node.layer->is_in_place()) remake(node.y, count_of(node.output));
  const std::array<std::size_t, 2> widths = gradient_widths();
  for (std::size_t turn = 0; turn < dx_.size(); ++turn) remake(dx_[turn], widths[turn]);
}

std::array<std::size_t, 2> Model::gradient_widths() const {
  std::array<std::size_t, 2> widths{};
  std::size_t turn = 0;
  for (std::size_t index = nodes_.size(); index-- > 1;) {
    if (nodes_[index].layer->is_in_place()) continue;
    std::size_t& width = widths[turn++ % 2];
    width = std::max(width, count_of(nodes_[index - 1].output));
  }
  return widths;
}

Tensor Model::rows_of(const Tensor& buffer, const Shape& sample, std::size_t rows) const {
  Shape shape{rows};
  shape.insert(shape.end(), sample.begin(), sample.end());
  return buffer.view(0, std::move(shape));
}

}  // namespace lockstep
