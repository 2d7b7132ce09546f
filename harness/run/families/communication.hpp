// The two questions about communication.
#pragma once

#include "harness/run/families/family.hpp"

namespace lockstep {

/// How long does one collective take, by size, and is its result right?
CaseResult measure_collective(const CaseRun& run);
/// What does a training communicate, what of it is hidden, and who waits for whom?
CaseResult measure_training_communication(const CaseRun& run);

}  // namespace lockstep
