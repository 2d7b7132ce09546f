// A collective on all ranks of a world: once to compare its result, many times to time it. Both run the same operation.
#pragma once

#include <vector>

#include "harness/measure/collective_operation.hpp"

namespace lockstep {

/// Every element of every rank's result of one run.
ComparedElements compare_collective(World& world, const CollectiveShape& shape);

struct Repetition {
  std::size_t warmup = 0;
  std::size_t iterations = 1;
};

/// Seconds of each iteration by the devices' events, the longest over the ranks, after the warm-up. The ranks meet
/// before every iteration, outside the time that is taken. All iterations use the same buffers, as in training: what
/// fits into a cache is served from it.
std::vector<double> time_collective(World& world, const CollectiveShape& shape, const Repetition& repetition);

/// Likewise of a copy of `bytes` bytes within its own memory that every rank makes at the same time.
std::vector<double> time_copies(World& world, std::size_t bytes, const Repetition& repetition);

}  // namespace lockstep
