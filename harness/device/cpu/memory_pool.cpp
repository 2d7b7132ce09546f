#include "harness/device/cpu/memory_pool.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/base/units.hpp"

namespace lockstep::cpu {
namespace {

constexpr std::size_t huge_page = 2 * MiB;

constexpr std::size_t round_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

std::byte* allocate_block(std::size_t bytes) {
  const bool is_large = bytes >= huge_page;
  void* block = std::aligned_alloc(is_large ? huge_page : 64, round_up(bytes, is_large ? huge_page : 64));
  if (block == nullptr) throw std::bad_alloc{};
  if (is_large) (void)::madvise(block, round_up(bytes, huge_page), MADV_HUGEPAGE);
  return static_cast<std::byte*>(block);
}

}  // namespace

class MemoryPool::State {
 public:
  State(std::string device, std::size_t capacity) : device_{std::move(device)}, capacity_{capacity} {}
  ~State() { free_all(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  std::byte* take(std::size_t bytes, Use use) {
    const std::lock_guard lock{mutex_};
    if (bytes > capacity_ - account_.total.current) throw OutOfMemory{device_, bytes, use, capacity_, account_};
    std::byte* block = reuse(bytes);
    if (block == nullptr) {
      // What is cached must not keep the device above its capacity.
      if (account_.total.current + cached_ + bytes > capacity_) free_all();
      block = allocate_block(bytes);
    }
    account_.add(use, bytes);
    return block;
  }
  void give_back(std::byte* block, std::size_t bytes, Use use) {
    const std::lock_guard lock{mutex_};
    account_.remove(use, bytes);
    free_blocks_[bytes].push_back(block);
    cached_ += bytes;
  }
  std::size_t capacity() const { return capacity_; }
  MemoryAccount account() const {
    const std::lock_guard lock{mutex_};
    return account_;
  }

 private:
  std::byte* reuse(std::size_t bytes) {
    const auto found = free_blocks_.find(bytes);
    if (found == free_blocks_.end() || found->second.empty()) return nullptr;
    std::byte* block = found->second.back();
    found->second.pop_back();
    cached_ -= bytes;
    return block;
  }
  void free_all() {
    for (auto& [bytes, blocks] : free_blocks_)
      for (std::byte* block : blocks) std::free(block);
    free_blocks_.clear();
    cached_ = 0;
  }

  const std::string device_;
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  MemoryAccount account_;
  std::unordered_map<std::size_t, std::vector<std::byte*>> free_blocks_;
  std::size_t cached_ = 0;
};

MemoryPool::MemoryPool(std::string device, std::size_t capacity)
    : state_{std::make_shared<State>(std::move(device), capacity)} {}

MemoryPool::~MemoryPool() = default;

std::shared_ptr<std::byte[]> MemoryPool::allocate(std::size_t bytes, Use use) {
  if (bytes == 0) return nullptr;
  std::byte* block = state_->take(bytes, use);
  std::memset(block, 0xFF, bytes);
  return {block, [state = state_, bytes, use](std::byte* freed) { state->give_back(freed, bytes, use); }};
}

std::size_t MemoryPool::capacity() const { return state_->capacity(); }

MemoryAccount MemoryPool::account() const { return state_->account(); }

}  // namespace lockstep::cpu
