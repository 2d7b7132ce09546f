// A network: layers in a row, their parameters, and the activations that backward needs.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "harness/train/layers/layer.hpp"

namespace lockstep {

using Layers = std::vector<std::unique_ptr<Layer>>;

/// What is trained, without a device: layers and the shape of one input sample. Shared by all ranks.
struct Architecture {
  Layers layers;
  Shape sample;

  [[nodiscard]] std::vector<ParameterSpec> parameter_specs() const;
  [[nodiscard]] Shape output_shape() const;
};

/// An architecture on a device. Activations are allocated for the largest number of rows seen, so that only the first
/// step allocates.
class Model {
 public:
  /// `architecture` must outlive the model. Parameters are uninitialised.
  Model(Device& device, DType dtype, const Architecture& architecture);

  [[nodiscard]] const Parameters& parameters() const { return parameters_; }
  [[nodiscard]] DType dtype() const { return parameters_.values().dtype(); }

  /// Queues the network on x [rows, …sample]; returns its output [rows, …], valid until the next forward.
  Tensor forward(Stream& stream, const Tensor& x);
  /// Queues the gradients of all parameters for the last forward, given that of its output, and announces each. `dy`
  /// may be overwritten. Once per forward.
  void backward(Stream& stream, const Tensor& dy, kernels::Into into, const GradientReady& ready);

 private:
  struct Node {
    const Layer* layer;
    std::span<const Parameter> parameters;
    Shape output;  // of one sample
    Tensor y;      // [capacity, …output], or empty when in place
  };
  void reserve(std::size_t rows);
  /// Frees each buffer before it allocates the other one: growing takes no more than having grown.
  void make_room(std::size_t rows);
  /// Elements per row of each of `dx_`: the widest input whose gradient it holds in a backward pass.
  [[nodiscard]] std::array<std::size_t, 2> gradient_widths() const;
  [[nodiscard]] Tensor rows_of(const Tensor& buffer, const Shape& sample, std::size_t rows) const;

  Device& device_;
  Parameters parameters_;
  std::vector<Node> nodes_;
  std::optional<std::size_t> capacity_;  // rows; not set before the first batch
  std::array<Tensor, 2> dx_;             // gradients of activations, used in turn
  std::vector<Tensor> saved_;            // x of the first layer, then y of each layer, from forward until backward
};

}  // namespace lockstep
