// Stacks for the threads of a block that wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "tests/doubles/fakecuda/context.hpp"

namespace fakecuda {

/// One flow of control with a stack of its own. Executes threads one after another, as long as they do not wait.
struct Fiber {
  Context context = nullptr;
  std::uint32_t thread = 0;  // of the block, the one it executes
  int line = 0;              // of the barrier that the thread waits at
};

/// As many fibers as a block can have waiting threads, and a few. Their stacks lie side by side, each with a page below
/// that faults when a kernel needs more.
class FiberPool {
 public:
  /// Fibers begin in `entry`, which must never return.
  explicit FiberPool(void (*entry)()) : entry_(entry) {}

  Fiber& take();
  void give_back(Fiber& fiber) { idle_.push_back(&fiber); }
  /// Forgets what every fiber was doing; all of them are idle and will begin anew.
  void restart();

  [[nodiscard]] bool holds(const void* address) const {
    return reinterpret_cast<std::uintptr_t>(address) - begin_ < stacks_bytes;
  }

  static constexpr std::size_t stack_bytes = std::size_t{64} << 10;
  static constexpr std::size_t most_fibers = 1024 + 1;

 private:
  void begin(Fiber& fiber);

  static constexpr std::size_t guard_bytes = std::size_t{64} << 10;  // a multiple of any page size
  static constexpr std::size_t stride = stack_bytes + guard_bytes;
  static constexpr std::size_t stacks_bytes = most_fibers * stride;

  void (*entry_)();
  std::uintptr_t begin_ = 0;  // of all stacks; 0: none yet
  std::vector<std::unique_ptr<Fiber>> all_;
  std::vector<Fiber*> idle_;
};

}  // namespace fakecuda
