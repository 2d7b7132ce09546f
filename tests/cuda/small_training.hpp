// A training that is small, exact and the same on every backend.
#pragma once

#include <string>
#include <vector>

#include "harness/device/world.hpp"

namespace lockstep {

/// Trains for a few steps and returns the parameters that rank 0 ends with: the same bits for every strategy, number of
/// ranks and backend. Where a GPU is launched by graphs, the second step captures them and the third only launches.
std::vector<float> train_small(World& world, const std::string& strategy, std::size_t steps = 3);

}  // namespace lockstep
