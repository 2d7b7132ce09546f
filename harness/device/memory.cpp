#include "harness/device/memory.hpp"

#include "harness/base/units.hpp"

namespace lockstep {
namespace {

std::string table_by_use(const MemoryAccount& account) {
  std::string table;
  for (std::size_t i = 0; i < use_names.size(); ++i) {
    const std::size_t bytes = account.by_use[i].current;
    if (bytes > 0) table += fmt::format("{}{} {}", table.empty() ? "" : ", ", use_names[i], format_bytes(bytes));
  }
  return table.empty() ? "nothing" : table;
}

}  // namespace

void MemoryAccount::add(Use use, std::size_t bytes) {
  total.add(bytes);
  by_use[static_cast<std::size_t>(use)].add(bytes);
}

void MemoryAccount::remove(Use use, std::size_t bytes) {
  total.remove(bytes);
  by_use[static_cast<std::size_t>(use)].remove(bytes);
}

OutOfMemory::OutOfMemory(std::string_view device, std::size_t requested, Use use, std::size_t capacity,
                         const MemoryAccount& account)
    : RunError{fmt::format("device {} is out of memory: requested {} ({} bytes) for {}, free {} of {}; in use: {}",
                           device, format_bytes(requested), requested, name_of(use),
                           format_bytes(capacity - account.total.current), format_bytes(capacity),
                           table_by_use(account))},
      device_{device},
      requested_{requested},
      use_{use},
      free_{capacity - account.total.current} {}

}  // namespace lockstep
