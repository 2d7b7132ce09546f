// One step of a network, forward and back.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "harness/device/stream.hpp"
#include "harness/train/parameters.hpp"
#include "kernels/into.hpp"

namespace lockstep {

/// Told of a parameter as soon as its gradient is queued on the compute stream.
using GradientReady = std::function<void(const Parameter&)>;

/// Tensors are [rows, …sample shape]. A layer owns no memory: the model passes its parameters (in the order of
/// `parameter_specs`) and the tensors it saved in forward. Everything is queued; nothing waits.
class Layer {
 public:
  /// One layer's view of a backward pass. `dx` is null when nobody needs it.
  struct Backward {
    const Tensor& x;
    const Tensor& y;
    const Tensor& dy;
    const Tensor* dx;
    kernels::Into into;
    const GradientReady& ready;
  };

  virtual ~Layer() = default;
  [[nodiscard]] virtual std::vector<ParameterSpec> parameter_specs() const { return {}; }
  /// Shape of one sample's output.
  [[nodiscard]] virtual Shape output_shape(const Shape& sample) const = 0;
  /// The output may replace the input, and the input's gradient the output's.
  [[nodiscard]] virtual bool is_in_place() const { return false; }
  virtual void forward(Stream& stream, std::span<const Parameter> parameters, const Tensor& x,
                       const Tensor& y) const = 0;
  /// Announces its parameters last first, so that gradients become ready in the reverse of the registration order.
  virtual void backward(Stream& stream, std::span<const Parameter> parameters, const Backward& pass) const = 0;
};

}  // namespace lockstep
