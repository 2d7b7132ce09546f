// What families report besides checks and metrics.
#pragma once

#include <span>

#include "harness/measure/memory_prediction.hpp"
#include "harness/measure/recording.hpp"
#include "harness/run/result.hpp"

namespace lockstep {

/// Every device's account: its uses that ever held something, and the total.
std::vector<MemoryUse> memory_of(const World& world);
/// The same with what was predicted of each device.
std::vector<MemoryUse> memory_of(std::span<const MemoryAccount> accounts, std::span<const MemoryPeaks> predicted);

/// The distinct splits in the order of their first appearance.
std::vector<std::vector<std::size_t>> pieces_of(const Recording& recording);

std::vector<TrafficPerStep> traffic_of(const Recording& recording);
std::vector<TrafficPerStep> traffic_of(const Traffic& traffic, std::size_t steps);

}  // namespace lockstep
