// A network on a device: its parameters, and the activations that backward needs.
#pragma once

#include <optional>
#include <vector>

#include "harness/train/buffers.hpp"
#include "harness/train/models/architecture.hpp"
#include "harness/train/models/backward_plan.hpp"

namespace lockstep {

/// Activations are allocated for the largest number of rows seen, so that only the first step allocates.
class Model {
 public:
  /// `architecture` must outlive the model. Parameters and buffers are uninitialised.
  Model(Device& device, DType dtype, const Architecture& architecture);

  [[nodiscard]] const Parameters& parameters() const { return parameters_; }
  [[nodiscard]] const Buffers& buffers() const { return buffers_; }
  /// Of one sample.
  [[nodiscard]] const Shape& output_shape() const { return shapes_.back(); }
  [[nodiscard]] DType dtype() const { return parameters_.values().dtype(); }

  /// Queues the network on x [rows, …sample], which in training is at `place`; returns its output [rows, …], valid
  /// until the next forward.
  Tensor forward(Stream& stream, const Tensor& x, Mode mode = Mode::train, BatchPlace place = {});
  /// Queues the gradients of all parameters for the last forward, given that of its output, and announces each. `dy`
  /// may be overwritten. Once per forward in Mode::train.
  void backward(Stream& stream, const Tensor& dy, kernels::Into into, const GradientReady& ready);

 private:
  struct Node {
    const Layer* layer;
    std::span<const std::size_t> inputs;
    std::span<const Parameter> parameters;
    std::span<const Tensor> buffers;
    std::vector<Tensor> kept;
    bool replaces_input;
    bool is_tied;    // its parameters are another node's, who announces them
    bool is_shared;  // the other way round: a node after it has begun the sum of their gradients
  };
  [[nodiscard]] std::vector<Tensor> make_kept(const Layer& layer) const;
  [[nodiscard]] Layer::Memory memory_of(const Node& node) const {
    return {.parameters = node.parameters, .buffers = node.buffers, .kept = node.kept, .scratch = scratch_};
  }
  void reserve(std::size_t rows);
  /// Frees each buffer before it allocates the next one: growing takes no more than having grown.
  void make_room(std::size_t rows);
  void run_backward(Stream& stream, const BackwardPlan::Step& step, const std::vector<Tensor>& slots,
                    kernels::Into into, const GradientReady& ready) const;
  /// The first rows of a buffer, as so many samples of a value.
  [[nodiscard]] Tensor rows_of(const Tensor& buffer, std::size_t value, std::size_t rows) const;

  Device& device_;
  Parameters parameters_;
  Buffers buffers_;
  Tensor scratch_;
  BackwardPlan plan_;
  std::vector<Shape> shapes_;  // of one sample, by value
  std::vector<Node> nodes_;
  std::optional<std::size_t> capacity_;  // rows; not set before the first batch
  std::vector<Tensor> outputs_;          // by node [capacity, …]; empty where it replaces its input
  std::vector<Tensor> gradients_;        // the slots of the plan but the caller's
  std::vector<Tensor> values_;           // by number of the value, from forward until backward
  BatchPlace place_;                     // of the last forward
};

}  // namespace lockstep
