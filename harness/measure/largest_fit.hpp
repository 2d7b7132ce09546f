// The largest size that still fits, found by trying.
#pragma once

#include <cstddef>
#include <functional>

namespace lockstep {

struct FitSearch {
  std::size_t granularity = 1;  // only its multiples are tried
  std::size_t most = 0;         // nothing above is tried
  std::size_t guess = 0;        // where to begin; any is right, a good one is quick
};

/// The largest multiple of the granularity up to `most` for which `fits` is true, where what fits stays true for all
/// smaller ones; 0 when none does. From the guess outwards in steps that double until one fits and one does not, then
/// by halves between them: each size is tried once, a right guess takes two tries.
std::size_t find_largest_fit(const FitSearch& search, const std::function<bool(std::size_t size)>& fits);

}  // namespace lockstep
