#include "harness/train/optimizers/schedule.hpp"

#include <cmath>
#include <numbers>

namespace lockstep {

double learning_rate_at(const Schedule& schedule, double full_rate, std::int64_t number) {
  const std::int64_t before = number - 1;
  const std::int64_t warmup = schedule.warmup_steps;
  if (before < warmup) return full_rate * static_cast<double>(before) / static_cast<double>(warmup);
  if (schedule.kind == Schedule::Kind::constant) return full_rate;
  if (before >= schedule.steps) return schedule.min_learning_rate;
  const double progress = static_cast<double>(before - warmup) / static_cast<double>(schedule.steps - warmup);
  const double share = (1 + std::cos(std::numbers::pi * progress)) / 2;
  return schedule.min_learning_rate + (full_rate - schedule.min_learning_rate) * share;
}

}  // namespace lockstep
