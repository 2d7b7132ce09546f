#include "harness/train/models/architecture.hpp"

#include <algorithm>

namespace lockstep {

std::size_t Architecture::add(std::unique_ptr<Layer> layer) { return add(std::move(layer), {nodes.size()}); }

std::size_t Architecture::add(std::unique_ptr<Layer> layer, std::vector<std::size_t> inputs) {
  for (const std::size_t input : inputs)
    require(input <= nodes.size(), "value {} is not made before it is used", input);
  nodes.push_back({.layer = std::move(layer), .inputs = std::move(inputs)});
  return nodes.size();
}

std::size_t Architecture::add_tied(std::unique_ptr<Layer> layer, std::size_t owner) {
  require(owner < nodes.size() && !nodes[owner].owner && layer->parameter_specs().empty(),
          "node {} cannot share the parameters of node {}", nodes.size(), owner);
  const std::size_t value = add(std::move(layer));
  nodes.back().owner = owner;
  return value;
}

bool Architecture::is_shared(std::size_t node) const {
  return std::ranges::any_of(nodes, [node](const Node& user) { return user.owner == node; });
}

std::vector<ParameterSpec> Architecture::parameter_specs() const {
  std::vector<ParameterSpec> specs;
  for (const Node& node : nodes) std::ranges::move(node.layer->parameter_specs(), std::back_inserter(specs));
  return specs;
}

std::vector<BufferSpec> Architecture::buffer_specs() const {
  std::vector<BufferSpec> specs;
  for (const Node& node : nodes) std::ranges::move(node.layer->buffer_specs(), std::back_inserter(specs));
  return specs;
}

std::size_t Architecture::scratch() const {
  std::size_t most = 0;
  for (const Node& node : nodes) most = std::max(most, node.layer->scratch());
  return most;
}

std::vector<Shape> Architecture::value_shapes() const {
  std::vector<Shape> shapes{sample};
  for (const Node& node : nodes) {
    std::vector<Shape> inputs;
    for (const std::size_t input : node.inputs) inputs.push_back(shapes[input]);
    shapes.push_back(node.layer->output_shape(inputs));
  }
  return shapes;
}

bool Architecture::replaces_input(std::size_t node) const {
  const std::size_t input = nodes[node].inputs.front();
  return nodes[node].layer->is_in_place() && input > 0 && users_of(input) == 1 &&
         !nodes[input - 1].layer->needs_output();
}

std::size_t Architecture::users_of(std::size_t value) const {
  std::ptrdiff_t users = 0;
  for (const Node& node : nodes) users += std::ranges::count(node.inputs, value);
  return static_cast<std::size_t>(users);
}

}  // namespace lockstep
