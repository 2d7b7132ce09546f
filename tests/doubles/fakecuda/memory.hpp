// Device memory and pinned host memory: one reserved range of addresses, none of which is handed out twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "tests/doubles/fakecuda/shadow.hpp"

namespace fakecuda {

enum class Home { device, pinned };

struct Allocation {
  std::byte* start = nullptr;
  std::size_t bytes = 0;
  Home home = Home::device;
  int device = 0;            // current when it was made; owns it for device memory
  std::uint32_t number = 0;  // in the order of allocations
  bool alive = true;
  bool freeing = false;  // a cudaFreeAsync is queued
  struct Free {
    void operator()(Cell* cells) const;
  };
  std::unique_ptr<Cell[], Free> cells;  // all zero at first

  /// "memory of device 1, allocation 7 (4096 bytes)"
  [[nodiscard]] std::string describe() const;
};

/// Needs the lock, except for in_arena.
class Memory {
 public:
  Memory();

  /// New memory, every byte 0xFF. Does not look at any device's capacity.
  Allocation& allocate(std::size_t bytes, Home home, int device);
  /// The addresses stay known, so that a later use is recognised.
  void free(Allocation& allocation);

  /// The allocation that an address lies in or, in the gap behind one, would belong to; null outside the arena.
  Allocation* find(const void* address);
  /// The living allocation that holds all of the bytes, or null.
  Allocation* holding(const void* address, std::size_t bytes);

  [[nodiscard]] const std::map<const std::byte*, Allocation>& all() const { return allocations_; }

  static constexpr std::size_t alignment = 256;
  /// What a request takes of a device.
  static constexpr std::size_t rounded(std::size_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

 private:
  void give_pages_back();

  std::byte* next_;
  std::byte* end_;
  std::uint32_t number_ = 0;
  std::map<const std::byte*, Allocation> allocations_;  // by start
  std::deque<Allocation*> quarantine_;                  // freed, but still full of 0xFF
  std::size_t quarantined_ = 0;                         // bytes
  static constexpr std::size_t cache_size = 64;
  Allocation* cache_[cache_size] = {};
};

/// Checks an access whose device is known: that of a copy, which may cross devices.
void access_from(int device, const void* address, std::size_t bytes, Access kind);
/// A write that leaves no value behind: memory filled with 0xFF counts as uninitialised.
void access_poison(void* address, std::size_t bytes);

}  // namespace fakecuda
