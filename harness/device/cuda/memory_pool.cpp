#include "harness/device/cuda/memory_pool.hpp"

#include <mutex>
#include <unordered_map>
#include <vector>

namespace lockstep::cuda {

class MemoryPool::State {
 public:
  State(std::shared_ptr<Context> context, std::size_t capacity) : context_{std::move(context)}, capacity_{capacity} {
    const CurrentDevice current{context_->device()};
    cudaStream_t stream = nullptr;
    check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreateWithFlags", context_->device());
    filling_ = OwnedStream{stream};
  }

  std::byte* take(std::size_t bytes, Use use) {
    const CurrentDevice current{context_->device()};
    const std::lock_guard lock{mutex_};
    if (bytes > capacity_ - account_.total.current) throw OutOfMemory{name(), bytes, use, capacity_, account_};
    OwnedMemory block = reuse(bytes);
    if (block.get() == nullptr) block = request(bytes, use);
    fill(block.get(), bytes);
    account_.add(use, bytes);
    return static_cast<std::byte*>(block.release());
  }
  void give_back(std::byte* block, std::size_t bytes, Use use) {
    const std::lock_guard lock{mutex_};
    account_.remove(use, bytes);
    free_blocks_[bytes].emplace_back(block);
    cached_ += bytes;
  }
  std::size_t capacity() const { return capacity_; }
  MemoryAccount account() const {
    const std::lock_guard lock{mutex_};
    return account_;
  }
  std::size_t reserved() const {
    const std::lock_guard lock{mutex_};
    return account_.total.current + cached_;
  }

 private:
  const std::string& name() const { return context_->name(); }

  OwnedMemory reuse(std::size_t bytes) {
    const auto found = free_blocks_.find(bytes);
    if (found == free_blocks_.end() || found->second.empty()) return {};
    check(cudaDeviceSynchronize(), "cudaDeviceSynchronize", context_->device());
    OwnedMemory block = std::move(found->second.back());
    found->second.pop_back();
    cached_ -= bytes;
    return block;
  }
  OwnedMemory request(std::size_t bytes, Use use) {
    // What is cached must not keep the rank above its capacity.
    if (account_.total.current + cached_ + bytes > capacity_) free_all();
    void* memory = nullptr;
    cudaError_t status = cudaMalloc(&memory, bytes);
    if (status == cudaErrorMemoryAllocation && cached_ > 0) {
      (void)cudaGetLastError();
      free_all();
      status = cudaMalloc(&memory, bytes);
    }
    if (status == cudaErrorMemoryAllocation) {
      (void)cudaGetLastError();
      throw OutOfMemory{name(), bytes, use, account_.total.current + free_on_gpu(), account_};
    }
    check(status, "cudaMalloc", context_->device(), bytes);
    return OwnedMemory{memory};
  }
  std::size_t free_on_gpu() const {
    std::size_t free = 0;
    std::size_t total = 0;
    check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo", context_->device());
    return free;
  }
  void fill(void* memory, std::size_t bytes) {
    check(cudaMemsetAsync(memory, 0xFF, bytes, filling_.get()), "cudaMemsetAsync", context_->device(), bytes);
    check(cudaStreamSynchronize(filling_.get()), "cudaStreamSynchronize", context_->device());
  }
  void free_all() {
    free_blocks_.clear();
    cached_ = 0;
  }

  const std::shared_ptr<Context> context_;
  const std::size_t capacity_;
  OwnedStream filling_;
  mutable std::mutex mutex_;
  MemoryAccount account_;
  std::unordered_map<std::size_t, std::vector<OwnedMemory>> free_blocks_;
  std::size_t cached_ = 0;
};

MemoryPool::MemoryPool(std::shared_ptr<Context> context, std::size_t capacity)
    : state_{std::make_shared<State>(std::move(context), capacity)} {}

MemoryPool::~MemoryPool() = default;

std::shared_ptr<std::byte[]> MemoryPool::allocate(std::size_t bytes, Use use) {
  if (bytes == 0) return nullptr;
  std::byte* block = state_->take(bytes, use);
  return {block, [state = state_, bytes, use](std::byte* freed) { state->give_back(freed, bytes, use); }};
}

std::size_t MemoryPool::capacity() const { return state_->capacity(); }

MemoryAccount MemoryPool::account() const { return state_->account(); }

std::size_t MemoryPool::reserved() const { return state_->reserved(); }

}  // namespace lockstep::cuda
