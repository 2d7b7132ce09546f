// Dropout by random numbers that are a function of where an element is, so that the mask is the same however a batch is
// split, and nothing of it has to be kept for the gradient.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/philox.hpp"

namespace lockstep::kernels {

struct DropoutMask {
  double probability = 0;  // of an element to become 0; in [0, 1)
  std::uint64_t seed = 0;
  std::uint32_t layer = 0;    // tells layers of one network apart
  std::uint64_t step = 0;     // only its low 32 bits count
  std::size_t first_row = 0;  // of the global batch
  std::size_t row_size = 1;   // elements of a sample

  /// Words below it drop their element: probability·2³², rounded down.
  [[nodiscard]] std::uint32_t threshold() const { return static_cast<std::uint32_t>(probability * 0x1p32); }
  [[nodiscard]] double scale() const { return 1 / (1 - probability); }
};

/// The four words of elements 4·group … 4·group + 3 of a row.
LOCKSTEP_ANYWHERE inline PhiloxWords dropout_words(std::uint64_t seed, std::uint32_t layer, std::uint64_t step,
                                                   std::size_t row, std::size_t group) {
  // Its own key: the other random numbers of a run have the seed itself.
  constexpr std::uint32_t purpose = 0x64726F70;
  return philox4x32(
      {{static_cast<std::uint32_t>(group), static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(step), layer}},
      static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32) ^ purpose);
}

/// y = 0 where the mask drops, else x/(1 − probability); the gradient by x is the same function of the gradient by y.
/// y may be x. For float and double. Throws std::invalid_argument when the sizes differ, are not whole rows, or the
/// probability is not in [0, 1).
template <typename T>
void dropout(std::span<const T> x, std::span<T> y, const DropoutMask& mask);

}  // namespace lockstep::kernels
