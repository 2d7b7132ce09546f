// Data written out in the scenario itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/data/dataset.hpp"

namespace lockstep {

using InlineRows = std::vector<std::vector<double>>;

// Both throw InputError, naming the row, for nothing at all, rows of different lengths, a number that no float32 holds,
// a number of targets other than of inputs, or a label that is no class.

/// `targets` is [samples, target width].
Dataset make_inline_values(const InlineRows& inputs, const InlineRows& targets);
/// `labels` is [samples].
Dataset make_inline_labels(const InlineRows& inputs, const std::vector<std::int64_t>& labels, std::size_t classes);

}  // namespace lockstep
