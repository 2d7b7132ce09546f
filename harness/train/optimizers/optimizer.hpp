// How parameters follow their gradients.
#pragma once

#include <cstdint>
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
  void step(Stream& stream, const Parameters& parameters) { do_step(stream, parameters, ++steps_); }
  [[nodiscard]] virtual std::vector<State> state() const { return {}; }

  /// Updates queued so far: Adam's t.
  [[nodiscard]] std::int64_t steps() const { return steps_; }
  /// The next update is the one after so many. To fill the state tensors is up to the caller.
  void continue_after(std::int64_t steps) { steps_ = steps; }

 protected:
  /// `number` counts the updates from 1.
  virtual void do_step(Stream& stream, const Parameters& parameters, std::int64_t number) = 0;

 private:
  std::int64_t steps_ = 0;
};

using OptimizerSettings = std::variant<kernels::SgdSettings, kernels::AdamSettings, kernels::TernarySettings>;

/// "sgd", "adam" or "ternary".
std::string_view kind_of(const OptimizerSettings& settings);
/// The names of the state tensors that the settings need, in the order of Optimizer::state().
std::vector<std::string_view> state_names(const OptimizerSettings& settings);

/// The optimizer for the settings' type, for `count` parameters of `dtype` on `device`; queues the zeroing of its
/// state.
std::unique_ptr<Optimizer> make_optimizer(Device& device, Stream& stream, DType dtype, std::size_t count,
                                          const OptimizerSettings& settings);

}  // namespace lockstep
