#include "tests/doubles/fakecuda/fibers.hpp"

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>

namespace fakecuda {
namespace {

std::uintptr_t reserve(std::size_t bytes) {
  void* start = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start != MAP_FAILED) return reinterpret_cast<std::uintptr_t>(start);
  std::fprintf(stderr, "fakecuda: no memory for the stacks of a block\n");
  std::abort();
}

}  // namespace

Fiber& FiberPool::take() {
  if (idle_.empty()) {
    all_.push_back(std::make_unique<Fiber>());
    begin(*all_.back());
    return *all_.back();
  }
  Fiber* fiber = idle_.back();
  idle_.pop_back();
  return *fiber;
}

void FiberPool::restart() {
  idle_.clear();
  for (const std::unique_ptr<Fiber>& fiber : all_) idle_.push_back(fiber.get());
  for (std::size_t i = 0; i < all_.size(); ++i) {
    auto* stack = reinterpret_cast<std::byte*>(begin_ + i * stride + guard_bytes);
    all_[i]->context = make_context(stack, stack_bytes, entry_);
  }
}

/// The newest fiber gets the next stack.
void FiberPool::begin(Fiber& fiber) {
  if (begin_ == 0) begin_ = reserve(stacks_bytes);
  auto* stack = reinterpret_cast<std::byte*>(begin_ + (all_.size() - 1) * stride + guard_bytes);
  mprotect(stack, stack_bytes, PROT_READ | PROT_WRITE);
  fiber.context = make_context(stack, stack_bytes, entry_);
}

}  // namespace fakecuda
