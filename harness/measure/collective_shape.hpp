// Which collective is measured, and what comparing its result comes to.
#pragma once

#include <cstddef>
#include <cstdint>

#include "harness/device/collective.hpp"

namespace lockstep {

/// Whether a rank's result lies where (its part of) what it sends lies.
enum class Placement { out_of_place, in_place };

/// A collective on f32 elements; those with a root have rank 0.
struct CollectiveShape {
  Collective kind = Collective::all_reduce;
  std::size_t bytes = 0;  // S of collective.hpp; what is left of a whole element for every rank is not used
  Placement placement = Placement::in_place;
};

/// Over elements.
struct ComparedElements {
  std::uint64_t compared = 0;
  std::uint64_t wrong = 0;
};

}  // namespace lockstep
