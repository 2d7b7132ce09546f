// Programs and libraries of this process.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fakecuda {

/// Where a program or library lies in memory. Its variables are what it may write to.
struct Module {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::uintptr_t variables_begin = 0;
  std::uintptr_t variables_end = 0;

  [[nodiscard]] bool holds(const void* address) const {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    return at >= begin && at < end;
  }
};

/// The one whose code or data `address` is; empty when there is none.
Module module_of(const void* address);

}  // namespace fakecuda
