// Time and sizes with their units.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace lockstep {

using Seconds = std::chrono::duration<double>;

inline constexpr std::size_t KiB = 1024;
inline constexpr std::size_t MiB = 1024 * KiB;
inline constexpr std::size_t GiB = 1024 * MiB;

/// "512 B", "1.5 MiB": binary units, at most three significant digits after the point's left part.
std::string format_bytes(std::size_t bytes);

/// "340 ns", "1.25 ms", "2.0 s", "3 min 20 s".
std::string format_duration(Seconds duration);

}  // namespace lockstep
