// The shared memory of a block: where it is, who touched it since the last barrier, and what holds a value.
//
// A kernel's __shared__ arrays are static variables of the library or program that its body was compiled into; a body
// has no other writable variables. Rules of compute-sanitizer's racecheck and initcheck: two threads that touch the
// same bytes between two barriers of the block race when one of them writes, unless both are of one warp with a
// __syncwarp between; bytes that the block has not written hold nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/doubles/fakecuda/access.hpp"
#include "tests/doubles/fakecuda/module.hpp"

namespace fakecuda {

/// What is remembered of 4 bytes of shared memory.
struct SharedCell {
  struct Touch {
    std::uint32_t interval;  // between which barriers of which block; 0: none
    std::uint16_t thread;
    std::uint16_t warp_phase;  // __syncwarps that its warp had passed
    std::uint8_t mask;         // which of the four bytes
    std::uint8_t atomic;
    std::uint8_t several_threads;  // more than one thread of this warp phase
    std::uint8_t several_warps;
  };
  Touch write;
  Touch read;
  std::uint32_t written_in;  // which block wrote the bytes of `initialised`
  std::uint8_t initialised;
};

class SharedMemory {
 public:
  SharedMemory() = default;
  ~SharedMemory() = default;
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  /// For a kernel whose body has its code at `code`.
  void begin_launch(const void* code, std::size_t dynamic_bytes);
  /// Nothing holds a value.
  void begin_block() { block_ = ++interval_; }
  void pass_barrier() { ++interval_; }

  [[nodiscard]] std::byte* dynamic() const { return dynamic_.begin; }

  /// Checks and remembers an access, and reports what is wrong with it. False when the address is not shared memory.
  bool touch(const void* address, std::size_t bytes, Access kind, const KernelThread& by);
  /// Whether the running kernel's body brought these bytes along: constants.
  [[nodiscard]] bool is_of_module(const void* address) const { return module_->holds(address); }

 private:
  struct Region {
    std::byte* begin = nullptr;
    std::size_t bytes = 0;
    SharedCell* cells = nullptr;  // never freed
  };
  struct Now {
    Access kind;
    std::uint16_t thread;
    std::uint16_t warp_phase;
    std::uint8_t mask;
  };

  void touch_region(const Region& region, std::size_t offset, std::size_t bytes, Access kind, const KernelThread& by);
  void touch_cell(SharedCell& cell, std::byte* data, const Now& now);
  void check_value(SharedCell& cell, std::byte* data, const Now& now) const;
  [[nodiscard]] bool ordered(const SharedCell::Touch& earlier, const Now& now) const;
  void remember_read(SharedCell::Touch& read, const Now& now) const;
  void remember_write(SharedCell& cell, const Now& now) const;

  struct Known {
    Module module;
    Region variables;
  };
  std::vector<std::unique_ptr<Known>> known_;
  const Module* module_ = nullptr;
  Region variables_;  // of module_
  Region dynamic_;
  std::uint32_t interval_ = 0;
  std::uint32_t block_ = 0;  // the interval that the block began with

 public:
  static constexpr std::size_t most_dynamic = std::size_t{227} << 10;  // bytes, of an H100
};

}  // namespace fakecuda
