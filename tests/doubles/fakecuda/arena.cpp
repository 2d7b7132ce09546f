#include "tests/doubles/fakecuda/arena.hpp"

#include <sys/mman.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "tests/doubles/fakecuda/access.hpp"

namespace fakecuda {
namespace {

constexpr std::size_t most = std::size_t{1} << 40;  // addresses are never used twice, so there have to be many
constexpr std::size_t least = std::size_t{1} << 30;

// Read by every instrumented access of the process, so without a lock and without making the arena.
std::atomic<const std::byte*> first{nullptr};
std::atomic<std::size_t> size{0};

Arena reserve() {
  for (std::size_t bytes = most; bytes >= least; bytes /= 2) {
    void* start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) continue;
    madvise(start, bytes, MADV_DONTDUMP);
    madvise(start, bytes, MADV_NOHUGEPAGE);  // allocations are far apart
    auto* begin = static_cast<std::byte*>(start);
    first = begin;
    size = bytes;
    return {begin, begin + bytes};
  }
  std::fprintf(stderr, "fakecuda: cannot reserve addresses\n");
  std::abort();
}

}  // namespace

const Arena& arena() {
  static const Arena reserved = reserve();
  return reserved;
}

bool in_arena(const void* address) {
  const auto* at = static_cast<const std::byte*>(address);
  const std::byte* start = first.load(std::memory_order_relaxed);
  return at >= start && static_cast<std::size_t>(at - start) < size.load(std::memory_order_relaxed);
}

}  // namespace fakecuda
