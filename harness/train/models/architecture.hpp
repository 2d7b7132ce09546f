// A network without a device: layers, what each takes, and the shapes between them.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "harness/train/layers/layer.hpp"

namespace lockstep {

/// Layers in the order in which they run. Values are numbered: 0 is the batch, k the output of node k − 1; the last is
/// the network's output. Shared by all ranks.
struct Architecture {
  struct Node {
    std::unique_ptr<Layer> layer;
    std::vector<std::size_t> inputs;     // numbers of values made before
    std::optional<std::size_t> owner{};  // the node before whose parameters it uses, having none of its own
  };

  std::vector<Node> nodes;
  Shape sample;               // of the batch
  bool takes_tokens = false;  // the batch is numbers of tokens, i32

  /// Appends a layer that takes `inputs`, or else the value made last; returns its output's number.
  std::size_t add(std::unique_ptr<Layer> layer);
  std::size_t add(std::unique_ptr<Layer> layer, std::vector<std::size_t> inputs);
  /// Appends a layer that takes the value made last and uses the parameters of node `owner` too: their gradient is the
  /// sum of both uses.
  std::size_t add_tied(std::unique_ptr<Layer> layer, std::size_t owner);

  [[nodiscard]] std::vector<ParameterSpec> parameter_specs() const;
  [[nodiscard]] std::vector<BufferSpec> buffer_specs() const;
  /// Elements of scratch, for the layer that needs most.
  [[nodiscard]] std::size_t scratch() const;
  /// Of one sample, by number of the value. Throws InternalError when a layer does not fit its inputs.
  [[nodiscard]] std::vector<Shape> value_shapes() const;
  [[nodiscard]] Shape output_shape() const { return value_shapes().back(); }
  /// Element type of the batch, for a model of type `model`.
  [[nodiscard]] DType input_dtype(DType model) const { return takes_tokens ? DType::i32 : model; }
  /// Whether a later node uses the node's parameters too.
  [[nodiscard]] bool is_shared(std::size_t node) const;
  /// Whether the node's output is where its first input was: the layer can, nobody else takes that input, and the layer
  /// that made it does not need it for backward. Never the batch, which is its owner's.
  [[nodiscard]] bool replaces_input(std::size_t node) const;

 private:
  [[nodiscard]] std::size_t users_of(std::size_t value) const;
};

}  // namespace lockstep
