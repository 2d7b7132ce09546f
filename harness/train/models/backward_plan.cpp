#include "harness/train/models/backward_plan.hpp"

#include <algorithm>

namespace lockstep {

BackwardPlan::BackwardPlan(const Architecture& architecture)
    : architecture_{architecture},
      shapes_{architecture.value_shapes()},
      users_{1},
      gradient_(architecture.nodes.size() + 1) {
  gradient_.back() = callers_slot;
  for (std::size_t node = architecture.nodes.size(); node-- > 0;) plan(node);
}

void BackwardPlan::plan(std::size_t node) {
  const std::optional<std::size_t> dy = gradient_[node + 1];
  require(dy.has_value(), "nobody takes the output of node {}", node);
  Step step{.node = node, .dy = *dy, .inputs = {}};
  for (const std::size_t value : architecture_.nodes[node].inputs)
    step.inputs.push_back(value == 0 ? std::nullopt : std::optional{give(node, value, *dy)});
  release(*dy);
  steps_.push_back(std::move(step));
}

BackwardPlan::InputGradient BackwardPlan::give(std::size_t node, std::size_t value, std::size_t dy) {
  const Layer& layer = *architecture_.nodes[node].layer;
  const std::optional<std::size_t> before = gradient_[value];
  const bool stays = layer.passes_gradient() || (!before && layer.is_in_place() && users_[dy] == 1);
  const std::size_t slot = stays ? dy : take(count_of(shapes_[value]));
  if (stays) ++users_[dy];
  gradient_[value] = slot;
  return {.slot = slot, .join = before ? std::optional{join(slot, *before, value)} : std::nullopt};
}

BackwardPlan::Join BackwardPlan::join(std::size_t given, std::size_t before, std::size_t value) {
  const bool into_before = users_[before] == 1;
  const Join join{.source = into_before ? given : before, .target = into_before ? before : given};
  require(users_[join.target] == 1, "value {} and another one would share the sum of their gradients", value);
  gradient_[value] = join.target;
  release(join.source);
  return join;
}

std::size_t BackwardPlan::take(std::size_t width) {
  // The narrowest free slot that is wide enough, or else the widest.
  const auto is_better = [&](std::size_t a, std::size_t b) {
    const bool fits_a = widths_[a - 1] >= width;
    const bool fits_b = widths_[b - 1] >= width;
    if (fits_a != fits_b) return fits_a;
    return fits_a ? widths_[a - 1] < widths_[b - 1] : widths_[a - 1] > widths_[b - 1];
  };
  std::size_t best = users_.size();
  for (std::size_t slot = 1; slot < users_.size(); ++slot)
    if (users_[slot] == 0 && (best == users_.size() || is_better(slot, best))) best = slot;
  if (best == users_.size()) {
    users_.push_back(0);
    widths_.push_back(0);
  }
  ++users_[best];
  widths_[best - 1] = std::max(widths_[best - 1], width);
  return best;
}

void BackwardPlan::release(std::size_t slot) { --users_[slot]; }

}  // namespace lockstep
