// A rank's memory on its GPU.
#pragma once

#include <cstddef>
#include <memory>

#include "harness/device/cuda/context.hpp"
#include "harness/device/memory.hpp"

namespace lockstep::cuda {

/// Hands out blocks up to a capacity, counts them by use, and keeps freed blocks for requests of the same size. Blocks
/// are filled with 0xFF, for which the host waits: allocation is for the first step. Work may still be queued on a
/// block when its last owner goes: before it is handed out again the host waits for the whole device. Thread-safe.
/// Blocks keep the pool's state alive, so they may outlive the pool.
class MemoryPool {
 public:
  MemoryPool(std::shared_ptr<Context> context, std::size_t capacity);
  ~MemoryPool();

  std::shared_ptr<std::byte[]> allocate(std::size_t bytes, Use use);
  [[nodiscard]] std::size_t capacity() const;
  [[nodiscard]] MemoryAccount account() const;
  /// Bytes that the driver has given to this pool, freed ones that it keeps included.
  [[nodiscard]] std::size_t reserved() const;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace lockstep::cuda
