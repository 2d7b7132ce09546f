// Faults between saving a training and going on with it.
#pragma once

#include <filesystem>
#include <vector>

#include "harness/faults/score.hpp"
#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

/// Each with checkpoints in a folder of its own below `directory`, which is removed again. Throws RunError when a check
/// does not pass without a fault.
std::vector<TriedFault> try_all_in_checkpoints(const Scenario& scenario, const std::filesystem::path& directory);

/// Correct trainings that are gone on with, by others too: with other strategies, devices, places in a step and names.
CorrectRuns correct_resumptions(const Scenario& scenario, const std::filesystem::path& directory);

}  // namespace lockstep
