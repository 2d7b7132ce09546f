// One step of a network, forward and back.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/device/stream.hpp"
#include "harness/train/parameters.hpp"
#include "kernels/into.hpp"

namespace lockstep {

/// Told of a parameter as soon as its gradient is queued on the compute stream.
using GradientReady = std::function<void(const Parameter&)>;

enum class Mode { train, evaluate };

/// Which rows of a training's batches a pass is about.
struct BatchPlace {
  std::size_t step = 0;
  std::size_t first_row = 0;  // of the global batch
};

/// A tensor that a layer keeps on the device from forward to backward.
struct KeptSpec {
  Shape shape;
  bool is_double = false;   // else of the model's element type
  bool is_per_row = false;  // [rows, …shape], else whatever the number of rows
};

/// What is part of a model but not trained, like running statistics, and what it starts as.
struct BufferSpec {
  std::string name;
  Shape shape;
  double value;
};

/// Tensors are [rows, …sample shape]. A layer owns no memory: the model passes what it has on the device, in the order
/// of the specs. Everything is queued; nothing waits.
class Layer {
 public:
  struct Memory {
    std::span<const Parameter> parameters;
    std::span<const Tensor> buffers;
    std::span<const Tensor> kept;
    const Tensor& scratch;  // what `scratch` asks for; another layer's next
  };
  struct Forward {
    const Memory& memory;
    std::span<const Tensor> inputs;
    const Tensor& y;
    Mode mode;
    BatchPlace place{};

    [[nodiscard]] const Tensor& x() const { return inputs.front(); }
  };
  /// A backward pass of a layer with one input, after a forward in Mode::train. `dx` is null when nobody needs it.
  struct Backward {
    const Memory& memory;
    const Tensor& x;
    const Tensor& y;
    const Tensor& dy;
    const Tensor* dx;
    kernels::Into into;
    const GradientReady& ready;
    BatchPlace place{};
  };

  /// What the layer does to integers: outputs and gradients are multiples of `unit` of those of its inputs; with `sums`
  /// they are sums of products of inputs with parameters or constants, else each is an input or 0.
  struct Exactness {
    bool sums;
    double unit;
  };

  virtual ~Layer() = default;
  [[nodiscard]] virtual std::vector<ParameterSpec> parameter_specs() const { return {}; }
  [[nodiscard]] virtual std::vector<BufferSpec> buffer_specs() const { return {}; }
  [[nodiscard]] virtual std::vector<KeptSpec> kept_specs() const { return {}; }
  /// Elements of scratch that the layer needs in a pass, whatever the number of rows.
  [[nodiscard]] virtual std::size_t scratch() const { return 0; }
  /// Shape of one sample's output, from those of its inputs.
  [[nodiscard]] virtual Shape output_shape(std::span<const Shape> samples) const = 0;
  /// The output may replace the first input, and the input's gradient the output's.
  [[nodiscard]] virtual bool is_in_place() const { return false; }
  /// Backward reads `y`, so nothing may replace it.
  [[nodiscard]] virtual bool needs_output() const { return false; }
  /// The gradient of each input is that of the output: backward has nothing to do and is not called.
  [[nodiscard]] virtual bool passes_gradient() const { return false; }

  /// Nothing when it rounds.
  [[nodiscard]] virtual std::optional<Exactness> exactness() const { return std::nullopt; }

  virtual void forward(Stream& stream, const Forward& pass) const = 0;
  /// Announces its parameters last first, so that gradients become ready in the reverse of the registration order.
  virtual void backward(Stream& stream, const Backward& pass) const = 0;
};

}  // namespace lockstep
