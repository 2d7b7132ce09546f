#include "harness/train/models/model.hpp"

#include "harness/ops/add.hpp"

namespace lockstep {

Model::Model(Device& device, DType dtype, const Architecture& architecture)
    : device_{device},
      parameters_{device, dtype, architecture.parameter_specs()},
      buffers_{device, dtype, architecture.buffer_specs()},
      scratch_{device, dtype, {architecture.scratch()}, Use::workspace},
      plan_{architecture},
      shapes_{architecture.value_shapes()},
      outputs_(architecture.nodes.size()),
      gradients_(plan_.widths().size()) {
  std::span<const Parameter> parameters = parameters_.all();
  std::span<const Tensor> buffers = buffers_.all();
  const auto next = [](auto& rest, std::size_t count) {
    const auto first = rest.first(count);
    rest = rest.subspan(count);
    return first;
  };
  for (std::size_t index = 0; index < architecture.nodes.size(); ++index) {
    const auto& [layer, inputs, owner] = architecture.nodes[index];
    nodes_.push_back(
        {.layer = layer.get(),
         .inputs = inputs,
         .parameters = owner ? nodes_[*owner].parameters : next(parameters, layer->parameter_specs().size()),
         .buffers = next(buffers, layer->buffer_specs().size()),
         .kept = make_kept(*layer),
         .replaces_input = architecture.replaces_input(index),
         .is_tied = owner.has_value(),
         .is_shared = architecture.is_shared(index)});
  }
  make_room(0);  // for a device that never gets a row: tensors without elements, of the right type
}

std::vector<Tensor> Model::make_kept(const Layer& layer) const {
  std::vector<Tensor> kept;
  for (const KeptSpec& spec : layer.kept_specs())
    kept.push_back(spec.is_per_row
                       ? Tensor{}  // made with the activations
                       : Tensor{device_, spec.is_double ? DType::f64 : dtype(), spec.shape, Use::workspace});
  return kept;
}

Tensor Model::forward(Stream& stream, const Tensor& x, Mode mode, BatchPlace place) {
  place_ = place;
  values_.clear();
  reserve(x.rows());
  values_.push_back(rows_of(x, 0, x.rows()));
  std::vector<Tensor> inputs;
  for (std::size_t index = 0; index < nodes_.size(); ++index) {
    const Node& node = nodes_[index];
    inputs.clear();
    for (const std::size_t input : node.inputs) inputs.push_back(values_[input]);
    const Tensor y = rows_of(node.replaces_input ? inputs.front() : outputs_[index], index + 1, x.rows());
    const Layer::Memory memory = memory_of(node);
    node.layer->forward(stream, {.memory = memory, .inputs = inputs, .y = y, .mode = mode, .place = place});
    values_.push_back(y);
  }
  return values_.back();
}

void Model::backward(Stream& stream, const Tensor& dy, kernels::Into into, const GradientReady& ready) {
  require(!values_.empty(), "backward before forward");
  std::vector<Tensor> slots{dy};
  slots.insert(slots.end(), gradients_.begin(), gradients_.end());
  for (const BackwardPlan::Step& step : plan_.steps()) run_backward(stream, step, slots, into, ready);
  values_.clear();  // the batch is its owner's again, who may need the room for a larger one
}

void Model::run_backward(Stream& stream, const BackwardPlan::Step& step, const std::vector<Tensor>& slots,
                         kernels::Into into, const GradientReady& ready) const {
  const Node& node = nodes_[step.node];
  const std::size_t rows = values_.front().rows();
  if (!node.layer->passes_gradient()) {
    const auto& given = step.inputs.front();
    const std::size_t value = node.inputs.front();
    const Tensor dx = given ? rows_of(slots[given->slot], value, rows) : Tensor{};
    const Layer::Memory memory = memory_of(node);
    const GradientReady by_owner = [](const Parameter&) {};
    node.layer->backward(stream, {.memory = memory,
                                  .x = values_[value],
                                  .y = values_[step.node + 1],
                                  .dy = rows_of(slots[step.dy], step.node + 1, rows),
                                  .dx = given ? &dx : nullptr,
                                  .into = node.is_shared ? kernels::Into::add : into,
                                  .ready = node.is_tied ? by_owner : ready,
                                  .place = place_});
  }
  for (std::size_t input = 0; input < node.inputs.size(); ++input) {
    if (!step.inputs[input] || !step.inputs[input]->join) continue;
    const auto& [source, target] = *step.inputs[input]->join;
    const std::size_t value = node.inputs[input];
    ops::add(stream, rows_of(slots[source], value, rows), rows_of(slots[target], value, rows));
  }
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
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    if (!nodes_[node].replaces_input) remake(outputs_[node], count_of(shapes_[node + 1]));
    const std::vector<KeptSpec> specs = nodes_[node].layer->kept_specs();
    for (std::size_t kept = 0; kept < specs.size(); ++kept)
      if (specs[kept].is_per_row) remake(nodes_[node].kept[kept], count_of(specs[kept].shape));
  }
  for (std::size_t slot = 0; slot < gradients_.size(); ++slot) remake(gradients_[slot], plan_.widths()[slot]);
}

Tensor Model::rows_of(const Tensor& buffer, std::size_t value, std::size_t rows) const {
  return buffer.view(0, of_rows(rows, shapes_[value]));
}

}  // namespace lockstep
