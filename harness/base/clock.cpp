#include "harness/base/clock.hpp"

#include <array>
#include <chrono>
#include <ctime>

#include "harness/base/units.hpp"

namespace lockstep {

double steady_seconds() { return Seconds{std::chrono::steady_clock::now().time_since_epoch()}.count(); }

std::string utc_now(const char* format) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

}  // namespace lockstep
