// The names a scenario may use for what other floors make.
#pragma once

#include <array>
#include <string_view>

namespace lockstep {

inline constexpr std::array<std::string_view, 8> family_names{"equivalence", "speedup", "convergence", "communication",
                                                              "checkpoint",  "memory",  "imbalance",   "faults"};
inline constexpr std::array<std::string_view, 2> backend_names{"cpu", "cuda"};
// Those of harness/device/collective.hpp that carry something.
inline constexpr std::array<std::string_view, 7> collective_choices{
    "all_reduce", "reduce", "broadcast", "scatter", "gather", "all_gather", "reduce_scatter"};

}  // namespace lockstep
