// Where a backward pass keeps the gradients of a network's values.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "harness/train/models/architecture.hpp"

namespace lockstep {

/// Made from the architecture alone. Gradients live in slots, used again as soon as nobody needs what they hold; slot 0
/// is the caller's gradient of the output. A value that several layers take has the sum of what they give it, formed in
/// the reverse of their order.
class BackwardPlan {
 public:
  static constexpr std::size_t callers_slot = 0;

  /// target ← target + source
  struct Join {
    std::size_t source;
    std::size_t target;
  };
  struct InputGradient {
    std::size_t slot;          // the layer's gradient by this input; `dy` where it works in place or passes it on
    std::optional<Join> join;  // afterwards, with what other layers gave the value before
  };
  struct Step {
    std::size_t node;
    std::size_t dy;                                    // slot of the output's gradient
    std::vector<std::optional<InputGradient>> inputs;  // none for the batch, whose gradient nobody needs
  };

  explicit BackwardPlan(const Architecture& architecture);

  /// In the order in which they run: the last node first.
  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }
  /// Elements of a row of each slot but the caller's: of slot k at k − 1.
  [[nodiscard]] const std::vector<std::size_t>& widths() const { return widths_; }

 private:
  void plan(std::size_t node);
  InputGradient give(std::size_t node, std::size_t value, std::size_t dy);
  /// The sum of two slots, in one that holds nothing else.
  Join join(std::size_t given, std::size_t before, std::size_t value);
  std::size_t take(std::size_t width);
  void release(std::size_t slot);

  const Architecture& architecture_;
  std::vector<Shape> shapes_;
  std::vector<Step> steps_;
  std::vector<std::size_t> widths_;
  std::vector<std::size_t> users_;                    // by slot: values whose gradient it holds
  std::vector<std::optional<std::size_t>> gradient_;  // by value: its slot
};

}  // namespace lockstep
