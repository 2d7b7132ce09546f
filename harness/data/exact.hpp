// Small integers, so that a training step can be computed without any rounding (measure/exact_bound.hpp says when).
#pragma once

#include <cstdint>

#include "harness/data/dataset.hpp"

namespace lockstep {

inline constexpr int exact_largest_input = 2;
inline constexpr int exact_largest_target = 4;

/// Inputs in {-2 … 2} and `shape.outputs` target values in {-4 … 4}. No two samples are equal, so that a sample lost,
/// doubled or swapped changes the result; a sample depends on (seed, id) and the widths only. Throws InputError when
/// the widths are too small for that many different samples.
Dataset make_exact(const DataShape& shape, std::uint64_t seed);

}  // namespace lockstep
