// The threads of one block: which of them runs, which wait, and for what.
//
// One fiber executes threads one after another. When a thread has to wait, it keeps the fiber, and another fiber goes
// on with the threads that have not begun; so a kernel without barriers is a plain loop, and a barrier costs one
// switch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/doubles/fakecuda/access.hpp"
#include "tests/doubles/fakecuda/device_interface.hpp"
#include "tests/doubles/fakecuda/engine.hpp"
#include "tests/doubles/fakecuda/fibers.hpp"
#include "tests/doubles/fakecuda/permutation.hpp"
#include "tests/doubles/fakecuda/shared_memory.hpp"

namespace fakecuda {

/// The lanes are the bits of each mask.
struct Warp {
  enum class Wait { sync, exchange };
  std::uint32_t alive = 0;    // have not returned
  std::uint32_t arrived = 0;  // wait for the others of the warp
  int line = 0;               // where they wait
  Wait wait = Wait::sync;     // and for what
  std::uint32_t syncs = 0;    // __syncwarps passed
  std::uint32_t exchanges = 0;
  // By parity of `exchanges`: no lane brings a value to the next but one exchange before all have read this one's.
  std::uint32_t took_part[2] = {};
  std::uint64_t values[2][32] = {};
  Fiber* waiting[32] = {};
};

class Block {
 public:
  Block();

  void begin_launch(const KernelBody& body, void** arguments, dim3 grid, dim3 block, std::size_t dynamic_shared);
  /// Executes one block. False: a thread was stopped, and all others with it.
  bool run(std::uint32_t number, uint3 index, std::uint64_t random);

  // For the running thread.
  void wait_for_block(int line);
  void wait_for_warp(unsigned mask, int line);
  std::uint64_t exchange(std::uint64_t value, unsigned source, unsigned mask, int line);
  [[nodiscard]] unsigned lane() const { return position_.thread % 32; }
  /// Checks an access outside of the arena.
  void touch(const void* address, std::size_t bytes, Access kind);
  [[noreturn]] void stop();

  [[nodiscard]] const KernelThread& position() const { return position_; }
  [[nodiscard]] void* dynamic_shared() const { return shared_.dynamic(); }

 private:
  static void enter_fiber();
  void start_threads();
  void become(std::uint32_t thread);
  void thread_returned(std::uint32_t thread);
  void leave_fiber();
  void go_on_with_another(Fiber& self);
  Fiber* next_fiber();
  bool settle();
  void open_block_barrier();
  void open_incomplete_warps();
  void arrive_at_warp(Warp& warp, Warp::Wait wait, unsigned mask, int line);
  void release(Warp& warp);
  Warp& warp() { return warps_[position_.thread / 32]; }
  void report_divergence(const std::string& text) const;

  // Of the launch.
  const KernelBody* body_ = nullptr;
  void** arguments_ = nullptr;
  std::uint32_t threads_ = 0;
  std::vector<uint3> indices_;  // of threads, by number
  SharedMemory shared_;

  // Of the block.
  KernelThread position_{};  // of the running thread
  std::uint64_t random_ = 0;
  Permutation unstarted_;
  std::uint32_t alive_ = 0;
  std::vector<Fiber*> waiting_;  // at the barrier of the block
  std::vector<Fiber*> ready_;    // may go on
  std::vector<Warp> warps_;
  bool stopped_ = false;

  FiberPool fibers_;
  Fiber* running_ = nullptr;
  Context main_ = nullptr;  // the caller of run
};

}  // namespace fakecuda
