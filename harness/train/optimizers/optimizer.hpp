// How parameters follow their gradients.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/device/tensor.hpp"
#include "harness/train/optimizers/schedule.hpp"
#include "harness/train/parameters.hpp"
#include "kernels/optimizers.hpp"

namespace lockstep {

/// What every optimizer does alike.
struct UpdateRules {
  double clip_norm = 0;  // the largest norm of all gradients together; 0: as large as they come
  Schedule schedule{};   // of the learning rate

  bool operator==(const UpdateRules&) const = default;
};

/// State tensors live on the device, start at zero, and are as long as all parameters together.
class Optimizer {
 public:
  struct State {
    std::string_view name;
    Tensor tensor;
  };

  virtual ~Optimizer() = default;
  /// Queues one update of all parameters, whose gradients must be those of the whole step: with a `clip_norm` they are
  /// scaled first, in place, by kernels/clipping.hpp, the factor staying on the device.
  void step(Stream& stream, const Parameters& parameters);
  [[nodiscard]] virtual std::vector<State> state() const { return {}; }

  /// [2] of f64: the norm of the last update's gradients before they were scaled, and by what they were; NaN before the
  /// first. Empty without clipping.
  [[nodiscard]] const Tensor& clipping() const { return clipping_; }

  /// Updates queued so far: Adam's t.
  [[nodiscard]] std::int64_t steps() const { return steps_; }
  /// The next update is the one after so many. To fill the state tensors is up to the caller.
  void continue_after(std::int64_t steps) { steps_ = steps; }

 protected:
  Optimizer(const UpdateRules& rules, Tensor clipping) : rules_{rules}, clipping_{std::move(clipping)} {}
  [[nodiscard]] double learning_rate(double full_rate, std::int64_t number) const {
    return learning_rate_at(rules_.schedule, full_rate, number);
  }
  /// `number` counts the updates from 1.
  virtual void do_step(Stream& stream, const Parameters& parameters, std::int64_t number) = 0;

 private:
  UpdateRules rules_;
  Tensor clipping_;
  std::int64_t steps_ = 0;
};

using OptimizerSettings = std::variant<kernels::SgdSettings, kernels::AdamSettings, kernels::TernarySettings>;

/// "sgd", "adam", "adamw" or "ternary".
std::string_view kind_of(const OptimizerSettings& settings);
/// The names of the state tensors that the settings need, in the order of Optimizer::state().
std::vector<std::string_view> state_names(const OptimizerSettings& settings);

/// The optimizer for the settings' type, for `count` parameters of `dtype` on `device`; queues the zeroing of its
/// state.
std::unique_ptr<Optimizer> make_optimizer(Device& device, Stream& stream, DType dtype, std::size_t count,
                                          const OptimizerSettings& settings, const UpdateRules& rules);

}  // namespace lockstep
