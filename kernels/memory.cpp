#include "kernels/memory.hpp"

#include <cstring>

#include "kernels/check.hpp"

namespace lockstep::kernels {

void zero(std::span<std::byte> bytes) {
  if (!bytes.empty()) std::memset(bytes.data(), 0, bytes.size());
}

void copy(std::span<const std::byte> from, std::span<std::byte> to) {
  check_size("copy", "to", to.size(), from.size());
  if (!to.empty()) std::memcpy(to.data(), from.data(), to.size());
}

}  // namespace lockstep::kernels
