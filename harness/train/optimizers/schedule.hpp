// The learning rate as a function of the update's number: it has no state, so a resumed training goes on exactly.
#pragma once

#include <cstdint>

namespace lockstep {

struct Schedule {
  enum class Kind { constant, cosine };

  Kind kind = Kind::constant;
  std::int64_t warmup_steps = 0;
  double min_learning_rate = 0;  // of cosine
  std::int64_t steps = 0;        // updates of the whole training; of cosine

  bool operator==(const Schedule&) const = default;
};

/// The rate of update `number`, counted from 1. With s = number − 1 updates before it, w = warmup_steps, T = steps and
/// the full rate η, as the usual recipes with torch's LambdaLR:
///   s < w      η·s/w, so the first update of a warm-up has the rate 0
///   constant   η
///   cosine     min + (η − min)·(1 + cos(π·(s − w)/(T − w)))/2, and min from s = T on
double learning_rate_at(const Schedule& schedule, double full_rate, std::int64_t number);

}  // namespace lockstep
