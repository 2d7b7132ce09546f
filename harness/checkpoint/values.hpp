// What the numbers of a tensor are like.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace lockstep {

struct ValueSummary {
  std::size_t finite = 0;            // how many
  double smallest = 0;               // of the finite ones
  double largest = 0;                // of the finite ones
  std::size_t non_finite = 0;        // infinities and NaN
  std::size_t first_non_finite = 0;  // index of an element; meaningless when there is none
};

/// Of little-endian elements of dtype F64, F32, F16 or BF16; none for others. `bytes` is a whole number of elements.
std::optional<ValueSummary> summarize_values(std::string_view dtype, std::span<const std::byte> bytes);

}  // namespace lockstep
