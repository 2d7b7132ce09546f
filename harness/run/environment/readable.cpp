#include "harness/run/environment/readable.hpp"

#include <array>

#include "harness/base/error.hpp"
#include "harness/base/units.hpp"

namespace lockstep {

std::string listed(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) {
    if (text.empty()) continue;
    if (!all.empty()) all += ", ";
    all += text;
  }
  return all;
}

std::string caches_text(const Json& hardware) {
  using Level = std::pair<const char*, const char*>;
  static constexpr std::array<Level, 3> levels{{{"l1d", "L1d"}, {"l2", "L2"}, {"l3", "L3"}}};
  std::vector<std::string> caches;
  for (const auto& [key, name] : levels) {
    const std::string size = bytes_text(hardware.value(fmt::format("{}_bytes", key), Json{}));
    if (size.empty()) continue;
    const Json cores = hardware.value(fmt::format("{}_cores", key), Json{});
    const bool is_shared = cores.is_number() && cores.get<int>() > 1;
    caches.push_back(
        fmt::format("{} {} per {}", name, size, is_shared ? fmt::format("{} cores", cores.get<int>()) : "core"));
  }
  return listed(caches);
}

std::string clock_text(const Json& hz) {
  return hz.is_number() ? fmt::format("{:.2f} GHz", hz.get<double>() / 1e9) : "";
}

std::string bytes_text(const Json& bytes) { return bytes.is_number() ? format_bytes(bytes.get<std::size_t>()) : ""; }

}  // namespace lockstep
