// What families report besides checks and metrics.
#pragma once

#include "harness/measure/recording.hpp"
#include "harness/run/result.hpp"

namespace lockstep {

/// Every device's account: its uses that ever held something, and the total.
std::vector<MemoryUse> memory_of(const World& world);

/// The distinct splits in the order of their first appearance.
std::vector<std::vector<std::size_t>> pieces_of(const Recording& recording);

std::vector<TrafficPerStep> traffic_of(const Recording& recording);
std::vector<TrafficPerStep> traffic_of(const Traffic& traffic, std::size_t steps);

}  // namespace lockstep
