#include "tests/doubles/fakecuda/settings.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace fakecuda {
namespace {

[[noreturn]] void refuse(const char* name, const std::string& value) {
  std::fprintf(stderr, "fakecuda: %s=%s makes no sense\n", name, value.c_str());
  _exit(2);
}

std::string text(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::uint64_t number(const char* name, std::uint64_t otherwise) {
  const std::string value = text(name);
  if (value.empty()) return otherwise;
  char* end = nullptr;
  errno = 0;
  const std::uint64_t result = std::strtoull(value.c_str(), &end, 10);
  if (errno != 0 || *end != '\0' || value[0] == '-') refuse(name, value);
  return result;
}

/// The position of the value among the words; the first when it is not set.
template <typename Choice, std::size_t N>
Choice choice(const char* name, const std::string_view (&words)[N]) {
  const std::string value = text(name);
  if (value.empty()) return Choice{};
  for (std::size_t i = 0; i < N; ++i)
    if (value == words[i]) return static_cast<Choice>(i);
  refuse(name, value);
}

}  // namespace

Settings settings_from_environment() {
  Settings settings;
  settings.devices = static_cast<int>(number("FAKECUDA_DEVICES", 8));
  if (settings.devices < 0 || settings.devices > 64) refuse("FAKECUDA_DEVICES", text("FAKECUDA_DEVICES"));
  settings.memory = number("FAKECUDA_MEMORY", settings.memory);
  settings.seed = number("FAKECUDA_SEED", settings.seed);
  settings.mode = choice<Mode>("FAKECUDA_MODE", {"deferred", "eager"});
  settings.on_hang = choice<OnHang>("FAKECUDA_HANG", {"exit", "block"});
  settings.leaks = choice<Leaks>("FAKECUDA_LEAKS", {"on_success", "always", "never"});
  settings.patience = static_cast<double>(number("FAKECUDA_PATIENCE", 60));
  settings.fail = text("FAKECUDA_FAIL");
  settings.fail_any = number("FAKECUDA_FAIL_ANY", 0);
  settings.counts_file = text("FAKECUDA_COUNT");
  settings.findings_file = text("FAKECUDA_FINDINGS");
  settings.processes = number("FAKECUDA_PROCESSES", 0) != 0;
  settings.trace = number("FAKECUDA_TRACE", 0) != 0;
  return settings;
}

}  // namespace fakecuda
