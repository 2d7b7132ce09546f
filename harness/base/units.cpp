#include "harness/base/units.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace lockstep {

std::string format_bytes(std::size_t bytes) {
  static constexpr std::array units{"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < KiB) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < units.size()) value /= 1024, ++unit;
  const int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
  return fmt::format("{:.{}f} {}", value, decimals, units[unit]);
}

std::string format_duration(Seconds duration) {
  const double seconds = duration.count();
  const double size = std::fabs(seconds);
  if (size < 1e-6) return fmt::format("{:.0f} ns", seconds * 1e9);
  if (size < 1e-3) return fmt::format("{:.1f} us", seconds * 1e6);
  if (size < 1) return fmt::format("{:.2f} ms", seconds * 1e3);
  if (size < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<long long>(seconds);
  return fmt::format("{} min {} s", whole / 60, whole % 60);
}

}  // namespace lockstep
