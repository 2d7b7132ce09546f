#include "tests/doubles/fakecuda/block.hpp"

#include <algorithm>
#include <bit>

#include "tests/doubles/fakecuda/findings.hpp"

namespace fakecuda {

// The same object as the constant of emulation.hpp.
BuiltinVariables builtin_variables_of_thread __asm__("fakecuda_builtin_variables") = {};

namespace {

// Where a new fiber learns whom it belongs to: its entry has no argument.
Block* block_of_new_fibers = nullptr;

std::uint32_t lanes_of_warp(std::uint32_t threads, std::uint32_t warp) {
  const std::uint32_t lanes = std::min(threads - warp * 32, 32U);
  return lanes == 32 ? ~0U : (1U << lanes) - 1U;
}

std::string lines(int one, int other) {
  return "line " + std::to_string(std::min(one, other)) + " and line " + std::to_string(std::max(one, other));
}

}  // namespace

Block::Block() : fibers_{enter_fiber} {}

void Block::begin_launch(const KernelBody& body, void** arguments, dim3 grid, dim3 block, std::size_t dynamic_shared) {
  body_ = &body;
  arguments_ = arguments;
  threads_ = block.x * block.y * block.z;
  indices_.resize(threads_);
  for (std::uint32_t i = 0; i < threads_; ++i)
    indices_[i] = {i % block.x, i / block.x % block.y, i / block.x / block.y};
  warps_.resize((threads_ + 31) / 32);
  builtin_variables_of_thread.block_size = {block.x, block.y, block.z};
  builtin_variables_of_thread.grid_size = {grid.x, grid.y, grid.z};
  shared_.begin_launch(reinterpret_cast<const void*>(body.call), dynamic_shared);
}

bool Block::run(std::uint32_t number, uint3 index, std::uint64_t random) {
  block_of_new_fibers = this;
  builtin_variables_of_thread.block = index;
  position_ = {.block = number, .thread = 0, .phase = 0, .warp_phase = 0};
  random_ = random;
  unstarted_ = Permutation{threads_, random};
  alive_ = threads_;
  for (std::uint32_t i = 0; i < warps_.size(); ++i) {
    warps_[i].alive = lanes_of_warp(threads_, i);
    warps_[i].arrived = warps_[i].syncs = warps_[i].exchanges = 0;
  }
  shared_.begin_block();
  running_ = &fibers_.take();
  switch_context(main_, running_->context);
  if (!stopped_) return true;
  stopped_ = false;
  waiting_.clear();
  ready_.clear();
  fibers_.restart();
  return false;
}

void Block::enter_fiber() {
  for (;;) {
    block_of_new_fibers->start_threads();
    block_of_new_fibers->leave_fiber();
  }
}

void Block::start_threads() {
  Fiber& self = *running_;
  while (!unstarted_.empty()) {
    self.thread = static_cast<std::uint32_t>(unstarted_.take());
    become(self.thread);
    body_->call(arguments_);
    thread_returned(self.thread);
  }
}

void Block::become(std::uint32_t thread) {
  position_.thread = thread;
  position_.warp_phase = warps_[thread / 32].syncs;
  builtin_variables_of_thread.thread = indices_[thread];
}

void Block::thread_returned(std::uint32_t thread) {
  --alive_;
  Warp& warp = warps_[thread / 32];
  warp.alive &= ~(1U << thread % 32);
  // A warp waits for lanes that live.
  if (warp.arrived != 0 && warp.arrived == warp.alive) release(warp);
}

void Block::leave_fiber() {
  Fiber& self = *running_;
  Fiber* next = next_fiber();
  fibers_.give_back(self);
  if (next == nullptr) {
    switch_context(self.context, main_);
    return;
  }
  running_ = next;
  switch_context(self.context, next->context);
}

void Block::go_on_with_another(Fiber& self) {
  Fiber* next = next_fiber();
  if (next != &self) {
    running_ = next;
    switch_context(self.context, next->context);
  }
  become(self.thread);
}

/// One that can go on or begin threads; null when all threads have returned.
Fiber* Block::next_fiber() {
  do {
    if (!ready_.empty()) {
      Fiber* next = ready_.back();
      ready_.pop_back();
      return next;
    }
    if (!unstarted_.empty()) return &fibers_.take();
  } while (settle());
  return nullptr;
}

/// Every thread waits or has returned: opens what they wait for.
bool Block::settle() {
  if (alive_ == 0) return false;
  if (waiting_.size() == alive_)
    open_block_barrier();
  else
    open_incomplete_warps();
  return true;
}

void Block::wait_for_block(int line) {
  Fiber& self = *running_;
  self.line = line;
  waiting_.push_back(&self);
  go_on_with_another(self);
}

void Block::open_block_barrier() {
  const auto [first, last] =
      std::minmax_element(waiting_.begin(), waiting_.end(), [](auto* a, auto* b) { return a->line < b->line; });
  if (alive_ != threads_)
    report_divergence("some threads of a block have returned while others wait in line " +
                      std::to_string((*first)->line));
  if ((*first)->line != (*last)->line)
    report_divergence("threads of a block wait at different barriers, in " + lines((*first)->line, (*last)->line));
  ++position_.phase;
  shared_.pass_barrier();
  random_ = random_ * 6364136223846793005U + 1442695040888963407U;
  for (Permutation order{waiting_.size(), random_ >> 16U}; !order.empty();) ready_.push_back(waiting_[order.take()]);
  waiting_.clear();
}

void Block::wait_for_warp(unsigned mask, int line) { arrive_at_warp(warp(), Warp::Wait::sync, mask, line); }

std::uint64_t Block::exchange(std::uint64_t value, unsigned source, unsigned mask, int line) {
  Warp& warp = this->warp();
  const unsigned parity = warp.exchanges % 2;
  warp.values[parity][lane()] = value;
  arrive_at_warp(warp, Warp::Wait::exchange, mask, line);
  if ((warp.took_part[parity] >> (source % 32) & 1U) == 0)
    report_divergence("a lane of a warp asks for the value of one that does not take part, in line " +
                      std::to_string(line));
  return warp.values[parity][source % 32];
}

void Block::arrive_at_warp(Warp& warp, Warp::Wait wait, unsigned mask, int line) {
  if (mask != ~0U) report_divergence("a mask that is not the whole warp, in line " + std::to_string(line));
  if (warp.arrived != 0 && warp.line != line)
    report_divergence("threads of a warp meet at different places, in " + lines(warp.line, line));
  Fiber& self = *running_;
  warp.line = line;
  warp.wait = wait;
  warp.arrived |= 1U << lane();
  warp.waiting[lane()] = &self;
  if (warp.arrived == warp.alive) {
    release(warp);
    std::erase(ready_, &self);
    become(self.thread);
  } else {
    go_on_with_another(self);
  }
}

void Block::release(Warp& warp) {
  if (warp.wait == Warp::Wait::exchange)
    warp.took_part[warp.exchanges++ % 2] = warp.arrived;
  else
    ++warp.syncs;
  for (std::uint32_t left = warp.arrived; left != 0; left &= left - 1)
    ready_.push_back(warp.waiting[std::countr_zero(left)]);
  warp.arrived = 0;
}

void Block::open_incomplete_warps() {
  for (Warp& warp : warps_) {
    if (warp.arrived == 0) continue;
    report_divergence("some threads of a warp wait in line " + std::to_string(warp.line) +
                      " while others wait at a barrier of the block");
    release(warp);
  }
}

void Block::report_divergence(const std::string& text) const {
  report("barrier divergence", std::string{"in '"} + executing().name + "' " + text);
}

void Block::touch(const void* address, std::size_t bytes, Access kind) {
  if (fibers_.holds(address) || shared_.touch(address, bytes, kind, position_)) return;
  if (kind == Access::read && shared_.is_of_module(address)) return;
  report("illegal address", std::string{"'"} + executing().name + "' " + (kind == Access::read ? "reads" : "writes") +
                                (address == nullptr ? " through a null pointer" : " memory that is not the device's"));
  stop();
}

void Block::stop() {
  stopped_ = true;
  Context never = nullptr;
  switch_context(never, main_);
  __builtin_unreachable();
}

}  // namespace fakecuda
