// How parameters follow their gradients.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/device/tensor.hpp"
#include "harness/train/parameters.hpp"
#include "kernels/optimizers.hpp"

namespace lockstep {

/// State tensors live on the device, start at zero, and are as long as all parameters together.
class Optimizer {
 public:
  struct State {
    std::string_view name;
    Tensor tensor;
  };

  virtual ~Optimizer() = default;
  /// Queues one update of all parameters.
  virtual void step(Stream& stream, const Parameters& parameters) = 0;
  [[nodiscard]] virtual std::vector<State> state() const { return {}; }
};

using OptimizerSettings = std::variant<kernels::SgdSettings, kernels::AdamSettings, kernels::TernarySettings>;

/// The optimizer for the settings' type, for `count` parameters of `dtype` on `device`; queues the zeroing of its
/// state.
std::unique_ptr<Optimizer> make_optimizer(Device& device, Stream& stream, DType dtype, std::size_t count,
                                          const OptimizerSettings& settings);

}  // namespace lockstep
