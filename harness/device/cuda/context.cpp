#include "harness/device/cuda/context.hpp"

#include <sched.h>

#include <bit>
#include <map>

#include "harness/device/communicator.hpp"

namespace lockstep::cuda {
namespace {

OwnedEvent make_event(int device) {
  const CurrentDevice current{device};
  cudaEvent_t event = nullptr;
  check(cudaEventCreateWithFlags(&event, cudaEventDefault), "cudaEventCreateWithFlags", device);
  return OwnedEvent{event};
}

OwnedPinned make_pinned(int device, std::size_t bytes) {
  const CurrentDevice current{device};
  void* memory = nullptr;
  check(cudaMallocHost(&memory, bytes), "cudaMallocHost", device, bytes);
  return OwnedPinned{memory};
}

}  // namespace

/// Blocks that nobody uses, by size; sizes are powers of two.
struct Context::PinnedBlocks {
  std::mutex mutex;
  std::multimap<std::size_t, OwnedPinned> free;

  OwnedPinned take(std::size_t size) {
    const std::lock_guard lock{mutex};
    const auto found = free.find(size);
    if (found == free.end()) return {};
    OwnedPinned block = std::move(found->second);
    free.erase(found);
    return block;
  }
  void give_back(std::size_t size, OwnedPinned block) {
    const std::lock_guard lock{mutex};
    free.emplace(size, std::move(block));
  }
};

OwnedEvent Context::take_event() {
  {
    const std::lock_guard lock{mutex_};
    if (!events_.empty()) {
      OwnedEvent event = std::move(events_.back());
      events_.pop_back();
      return event;
    }
  }
  return make_event(device_);
}

void Context::give_back(OwnedEvent event) {
  const std::lock_guard lock{mutex_};
  events_.push_back(std::move(event));
}

std::shared_ptr<std::byte[]> Context::take_pinned(std::size_t bytes) {
  {
    const std::lock_guard lock{mutex_};
    if (!pinned_) pinned_ = std::make_shared<PinnedBlocks>();
  }
  const std::size_t size = std::bit_ceil(bytes);
  OwnedPinned block = pinned_->take(size);
  if (block.get() == nullptr) block = make_pinned(device_, size);
  auto* const memory = static_cast<std::byte*>(block.release());
  return {memory, [blocks = pinned_, size](std::byte* freed) { blocks->give_back(size, OwnedPinned{freed}); }};
}

void Context::abandon(std::shared_ptr<std::byte[]> block) {
  const std::lock_guard lock{mutex_};
  abandoned_.push_back(std::move(block));
}

void Context::anchor() {
  using Clock = std::chrono::steady_clock;
  if (const auto latest = latest_anchor(); latest && Clock::now() - latest->host < std::chrono::seconds{1}) return;
  const CurrentDevice current{device_};
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreateWithFlags", device_);
  const OwnedStream idle{stream};
  auto next = std::make_shared<Anchor>();
  next->event = make_event(device_);
  check(cudaEventRecord(next->event.get(), stream), "cudaEventRecord", device_);
  check(cudaEventSynchronize(next->event.get()), "cudaEventSynchronize", device_);
  next->host = Clock::now();
  const std::lock_guard lock{mutex_};
  anchor_ = std::move(next);
}

std::shared_ptr<const Anchor> Context::latest_anchor() const {
  const std::lock_guard lock{mutex_};
  return anchor_;
}

std::vector<std::shared_ptr<Watch>> Context::watches() {
  std::vector<std::shared_ptr<Watch>> alive;
  const std::lock_guard lock{mutex_};
  for (const auto& watch : watches_)
    if (auto one = watch.lock()) alive.push_back(std::move(one));
  return alive;
}

void Context::look_at_watches() {
  std::exception_ptr hopeless;
  for (const auto& watch : watches()) {
    try {
      watch->look();
    } catch (...) {
      if (!hopeless) hopeless = std::current_exception();
    }
  }
  if (hopeless) std::rethrow_exception(hopeless);
}

void Context::wait_until(const std::function<cudaError_t()>& query, const char* call) {
  const CurrentDevice current{device_};
  const auto begin = std::chrono::steady_clock::now();
  cudaError_t status = query();
  while (status == cudaErrorNotReady) {
    look_at_watches();
    if (const Seconds deadline = options_.deadline;
        deadline > Seconds{0} && std::chrono::steady_clock::now() - begin > deadline) {
      for (const auto& watch : watches()) watch->give_up();
      throw CollectiveLate{fmt::format("{} was not done with its work after {}", name_, format_duration(deadline))};
    }
    ::sched_yield();
    status = query();
  }
  check(status, call, device_);
}

void Context::add_watch(std::weak_ptr<Watch> watch) {
  const std::lock_guard lock{mutex_};
  std::erase_if(watches_, [](const auto& old) { return old.expired(); });
  watches_.push_back(std::move(watch));
}

}  // namespace lockstep::cuda
