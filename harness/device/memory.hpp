// What a device's memory is used for, counted to the byte.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "harness/base/error.hpp"

namespace lockstep {

enum class Use { parameters, gradients, optimizer, activations, buffers, communication, batch, workspace };

inline constexpr std::array<std::string_view, 8> use_names{"parameters", "gradients",     "optimizer", "activations",
                                                           "buffers",    "communication", "batch",     "workspace"};

constexpr std::string_view name_of(Use use) { return use_names[static_cast<std::size_t>(use)]; }

/// Bytes allocated now and at the highest point so far.
struct Usage {
  std::size_t current = 0;
  std::size_t peak = 0;

  void add(std::size_t bytes) {
    current += bytes;
    if (current > peak) peak = current;
  }
  void remove(std::size_t bytes) { current -= bytes; }
};

/// A device's account: bytes as requested, without the allocator's rounding. The peak of `total` is the peak of the
/// sum, which may be less than the sum of the peaks.
struct MemoryAccount {
  Usage total;
  std::array<Usage, use_names.size()> by_use;

  [[nodiscard]] const Usage& of(Use use) const { return by_use[static_cast<std::size_t>(use)]; }
  void add(Use use, std::size_t bytes);
  void remove(Use use, std::size_t bytes);
};

/// No room on a device. The message names the device, the request, what is free, and what the rest is used for.
class OutOfMemory : public RunError {
 public:
  OutOfMemory(std::string_view device, std::size_t requested, Use use, std::size_t capacity,
              const MemoryAccount& account);

  [[nodiscard]] const std::string& device() const { return device_; }
  [[nodiscard]] std::size_t requested() const { return requested_; }
  [[nodiscard]] Use use() const { return use_; }
  /// Bytes that a request could have had.
  [[nodiscard]] std::size_t free() const { return free_; }

 private:
  std::string device_;
  std::size_t requested_;
  Use use_;
  std::size_t free_;
};

}  // namespace lockstep
