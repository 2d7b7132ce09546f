// Random data that can be learned, for runs whose subject is time, not accuracy.
#pragma once

#include <cstdint>

#include "harness/data/dataset.hpp"

namespace lockstep {

// Inputs x are standard normal; outputs are y = x·T / √inputs + 0.1·noise with a fixed random teacher T [inputs,
// outputs], so that y is about standard normal too. A sample depends on (seed, id) and the widths only, not on how many
// there are.

/// The label is the index of the largest of `shape.outputs` values of y.
Dataset make_synthetic_labels(const DataShape& shape, std::uint64_t seed);
/// The targets are y itself.
Dataset make_synthetic_values(const DataShape& shape, std::uint64_t seed);

}  // namespace lockstep
