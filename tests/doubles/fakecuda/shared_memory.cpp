#include "tests/doubles/fakecuda/shared_memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tests/doubles/fakecuda/findings.hpp"

namespace fakecuda {
namespace {

constexpr std::size_t cell_bytes = 4;
constexpr unsigned warp_threads = 32;

/// Zeros that cost nothing until they are touched.
void* zeros(std::size_t bytes) {
  void* start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start != MAP_FAILED) return start;
  std::fprintf(stderr, "fakecuda: no memory to remember the use of shared memory\n");
  std::abort();
}

SharedCell* cells_for(std::size_t bytes) {
  return static_cast<SharedCell*>(zeros((bytes / cell_bytes + 1) * sizeof(SharedCell)));
}

void report_race(const char* what) {
  report("shared-memory race",
         std::string{"in '"} + executing().name + "' two threads of a block " + what + " without a barrier between");
}

}  // namespace

void SharedMemory::begin_launch(const void* code, std::size_t dynamic_bytes) {
  if (dynamic_.begin == nullptr) dynamic_ = {static_cast<std::byte*>(zeros(most_dynamic)), 0, cells_for(most_dynamic)};
  dynamic_.bytes = std::min(dynamic_bytes, most_dynamic);
  if (module_ != nullptr && module_->holds(code)) return;
  auto found = std::find_if(known_.begin(), known_.end(), [&](const auto& known) { return known->module.holds(code); });
  if (found == known_.end()) {
    auto known = std::make_unique<Known>();
    known->module = module_of(code);
    const std::size_t bytes = known->module.variables_end - known->module.variables_begin;
    known->variables = {reinterpret_cast<std::byte*>(known->module.variables_begin), bytes, cells_for(bytes)};
    found = known_.insert(known_.end(), std::move(known));
  }
  module_ = &(*found)->module;
  variables_ = (*found)->variables;
}

bool SharedMemory::touch(const void* address, std::size_t bytes, Access kind, const KernelThread& by) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  for (const Region* region : {&variables_, &dynamic_}) {
    const std::size_t offset = at - reinterpret_cast<std::uintptr_t>(region->begin);
    if (offset >= region->bytes) continue;
    if (bytes > region->bytes - offset) {
      report("out of bounds", std::string{"'"} + executing().name + "' leaves its shared memory");
      bytes = region->bytes - offset;
    }
    touch_region(*region, offset, bytes, kind, by);
    return true;
  }
  return false;
}

void SharedMemory::touch_region(const Region& region, std::size_t offset, std::size_t bytes, Access kind,
                                const KernelThread& by) {
  const std::size_t end = offset + bytes;
  for (std::size_t cell = offset / cell_bytes; cell * cell_bytes < end; ++cell) {
    const std::size_t start = cell * cell_bytes;
    const std::size_t first = std::max(offset, start) - start;
    const std::size_t last = std::min(end - start, cell_bytes);
    const auto mask = static_cast<std::uint8_t>(((1U << last) - 1U) & ~((1U << first) - 1U));
    touch_cell(region.cells[cell], region.begin + start,
               {kind, static_cast<std::uint16_t>(by.thread), static_cast<std::uint16_t>(by.warp_phase), mask});
  }
}

void SharedMemory::touch_cell(SharedCell& cell, std::byte* data, const Now& now) {
  const bool both_atomic = now.kind == Access::atomic && cell.write.atomic != 0;
  if ((cell.write.mask & now.mask) != 0 && !both_atomic && !ordered(cell.write, now))
    report_race(now.kind == Access::read ? "write and read the same element" : "write the same element");
  if (now.kind != Access::write) check_value(cell, data, now);
  if (now.kind == Access::read) {
    remember_read(cell.read, now);
    return;
  }
  if ((cell.read.mask & now.mask) != 0 && !ordered(cell.read, now)) report_race("read and write the same element");
  remember_write(cell, now);
}

/// Bytes that the block has not written become 0xFF, so that a NaN goes on from here.
void SharedMemory::check_value(SharedCell& cell, std::byte* data, const Now& now) const {
  const unsigned initialised = cell.written_in == block_ ? cell.initialised : 0U;
  const unsigned missing = now.mask & ~initialised;
  if (missing == 0) return;
  report("uninitialised",
         std::string{"'"} + executing().name + "' reads shared memory that no thread of the block has written");
  for (std::size_t i = 0; i < cell_bytes; ++i)
    if ((missing >> i & 1U) != 0) data[i] = std::byte{0xFF};
}

bool SharedMemory::ordered(const SharedCell::Touch& earlier, const Now& now) const {
  if (earlier.interval != interval_) return true;
  if (earlier.several_warps != 0 || earlier.thread / warp_threads != now.thread / warp_threads) return false;
  if (earlier.warp_phase != now.warp_phase) return true;
  return earlier.several_threads == 0 && earlier.thread == now.thread;
}

void SharedMemory::remember_read(SharedCell::Touch& read, const Now& now) const {
  if (read.interval != interval_) {
    read = {interval_, now.thread, now.warp_phase, now.mask, 0, 0, 0};
    return;
  }
  if (read.thread / warp_threads != now.thread / warp_threads) read.several_warps = 1;
  if (read.warp_phase != now.warp_phase)
    read.several_threads = 0;
  else if (read.thread != now.thread)
    read.several_threads = 1;
  read.thread = now.thread;
  read.warp_phase = now.warp_phase;
  read.mask = read.mask | now.mask;
}

/// Of threads that write different bytes of a cell only the last is remembered.
void SharedMemory::remember_write(SharedCell& cell, const Now& now) const {
  cell.write = {interval_, now.thread, now.warp_phase, now.mask, static_cast<std::uint8_t>(now.kind == Access::atomic),
                0,         0};
  cell.initialised = cell.written_in == block_ ? cell.initialised | now.mask : now.mask;
  cell.written_in = block_;
}

}  // namespace fakecuda
