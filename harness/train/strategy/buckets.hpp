// Which gradients are reduced together.
#pragma once

#include <cstddef>
#include <vector>

#include "harness/train/parameters.hpp"
#include "harness/train/strategy/options.hpp"

namespace lockstep {

/// A range of the flat gradients, and how many parameters it holds.
struct Bucket {
  std::size_t first = 0;  // element
  std::size_t count = 0;  // elements
  std::size_t parameters = 0;
};

/// torch's rule on the gradients in the order in which they become ready, the reverse of the registration order: a
/// bucket is closed by the parameter that fills it to its limit, so it may exceed it. The first bucket has a limit of
/// its own.
std::vector<Bucket> make_buckets(const Parameters& parameters, const Bucketing& limits);

}  // namespace lockstep
