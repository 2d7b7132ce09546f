#include "tests/doubles/fakecuda/memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/doubles/fakecuda/arena.hpp"

namespace fakecuda {
namespace {

/// Behind each allocation, so that what runs over its end meets nothing else.
constexpr std::size_t gap_bytes = 256;
/// How much freed memory keeps its 0xFF, so that a late read sees a NaN.
constexpr std::size_t quarantine_bytes = std::size_t{64} << 20;

}  // namespace

void Allocation::Free::operator()(Cell* cells) const { std::free(cells); }

std::string Allocation::describe() const {
  const std::string place = home == Home::pinned ? "pinned memory" : "memory of device " + std::to_string(device);
  return place + ", allocation " + std::to_string(number) + " (" + std::to_string(bytes) + " bytes)";
}

Memory::Memory() : next_{arena().begin}, end_{arena().end} {}

Allocation& Memory::allocate(std::size_t bytes, Home home, int device) {
  const std::size_t reserved = rounded(bytes) + gap_bytes;
  if (static_cast<std::size_t>(end_ - next_) < reserved) {
    std::fprintf(stderr, "fakecuda: no addresses left\n");
    std::abort();
  }
  Allocation& made = allocations_[next_];
  made.start = next_;
  made.bytes = bytes;
  made.home = home;
  made.device = device;
  made.number = ++number_;
  const std::size_t cells = (bytes + cell_bytes - 1) / cell_bytes;
  made.cells.reset(static_cast<Cell*>(std::calloc(cells, sizeof(Cell))));  // large ones cost nothing until touched
  next_ += reserved;
  std::memset(made.start, 0xFF, bytes);
  return made;
}

void Memory::free(Allocation& allocation) {
  allocation.alive = false;
  allocation.cells.reset();
  std::memset(allocation.start, 0xFF, allocation.bytes);
  quarantine_.push_back(&allocation);
  quarantined_ += allocation.bytes;
  give_pages_back();
}

void Memory::give_pages_back() {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  while (quarantined_ > quarantine_bytes) {
    Allocation& oldest = *quarantine_.front();
    quarantine_.pop_front();
    quarantined_ -= oldest.bytes;
    const auto start = reinterpret_cast<std::uintptr_t>(oldest.start);
    const std::uintptr_t first = (start + page - 1) / page * page;
    const std::uintptr_t last = (start + oldest.bytes) / page * page;
    if (last > first) madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
  }
}

Allocation* Memory::find(const void* address) {
  const auto* at = static_cast<const std::byte*>(address);
  if (!in_arena(at) || at >= next_) return nullptr;
  Allocation*& cached = cache_[(reinterpret_cast<std::uintptr_t>(address) >> 12) % cache_size];
  if (cached != nullptr && at >= cached->start && at < cached->start + cached->bytes) return cached;
  auto after = allocations_.upper_bound(at);
  if (after == allocations_.begin()) return nullptr;
  cached = &std::prev(after)->second;
  return cached;
}

Allocation* Memory::holding(const void* address, std::size_t bytes) {
  Allocation* found = find(address);
  if (found == nullptr || !found->alive) return nullptr;
  const auto offset = static_cast<std::size_t>(static_cast<const std::byte*>(address) - found->start);
  return offset <= found->bytes && bytes <= found->bytes - offset ? found : nullptr;
}

}  // namespace fakecuda
