// What a user is told when a device ran out of memory.
#pragma once

#include <string>

#include "harness/device/world.hpp"
#include "harness/measure/memory_advice.hpp"
#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

/// The scenario's training as the advice sees it, with `samples` in the data set. `training` must outlive the result.
MemoryQuestion memory_question(const Scenario& scenario, const Training& training, std::size_t samples);

/// The error, and what would fit instead.
std::string explained(const RankOutOfMemory& error, const MemoryAdvice& advice);
/// The same for a case that ended with it. Evaluating a model takes memory that the advice knows nothing of: it is
/// given for families that only train.
std::string explained(const RankOutOfMemory& error, const Scenario& scenario);

}  // namespace lockstep
