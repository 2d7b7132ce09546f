// Random numbers as a function of (seed, stream, index): no state, so any rank can draw any number of any sample.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace lockstep {

/// Philox4x32-10 of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC'11).
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

/// An endless sequence of random numbers, addressed by index. Equal (seed, stream) give equal numbers everywhere.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::uint64_t stream) : seed_{seed}, stream_{stream} {}

  [[nodiscard]] std::uint64_t bits(std::uint64_t index) const;
  /// In [0, 1), a multiple of 2^-53.
  [[nodiscard]] double uniform(std::uint64_t index) const;
  /// Standard normal, by Box and Muller.
  [[nodiscard]] double normal(std::uint64_t index) const;
  /// In [0, bound); bound > 0. Bias below bound·2^-64.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound, std::uint64_t index) const;

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
};

/// A uniformly random order of 0 … size-1 (Fisher and Yates).
std::vector<std::uint32_t> random_permutation(std::uint32_t size, const RandomStream& random);

}  // namespace lockstep
