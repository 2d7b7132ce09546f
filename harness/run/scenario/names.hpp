// The names a scenario may use for what other floors make.
#pragma once

#include <array>
#include <string_view>

namespace lockstep {

inline constexpr std::array<std::string_view, 4> family_names{"equivalence", "speedup", "convergence", "memory"};
inline constexpr std::array<std::string_view, 1> backend_names{"cpu"};

}  // namespace lockstep
