// A virtual device's memory.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "harness/device/memory.hpp"

namespace lockstep::cpu {

/// Hands out blocks up to a capacity, counts them by use, and keeps freed blocks for requests of the same size. Blocks
/// are 64-byte aligned, large ones on huge pages where the system has them, and filled with 0xFF when handed out.
/// Thread-safe. Blocks keep the pool's state alive, so they may outlive the pool.
class MemoryPool {
 public:
  MemoryPool(std::string device, std::size_t capacity);
  ~MemoryPool();

  std::shared_ptr<std::byte[]> allocate(std::size_t bytes, Use use);
  [[nodiscard]] std::size_t capacity() const;
  [[nodiscard]] MemoryAccount account() const;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace lockstep::cpu
