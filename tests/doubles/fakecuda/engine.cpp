#include "tests/doubles/fakecuda/engine.hpp"

#include "tests/doubles/fakecuda/block.hpp"
#include "tests/doubles/fakecuda/kernel_access.hpp"
#include "tests/doubles/fakecuda/runtime.hpp"

namespace fakecuda {
namespace {

/// Executes one kernel at a time, with the runtime's lock held. Never destroyed.
Block& the_block() {
  static auto* const block = new Block;
  return *block;
}

/// Set while this thread executes a kernel: what the kernel's calls are about.
thread_local Block* running = nullptr;

/// For its lifetime this thread executes a kernel.
class InsideKernel {
 public:
  explicit InsideKernel(Block& block) {
    running = &block;
    kernel_thread() = &block.position();
  }
  ~InsideKernel() {
    running = nullptr;
    kernel_thread() = nullptr;
  }
  InsideKernel(const InsideKernel&) = delete;
  InsideKernel& operator=(const InsideKernel&) = delete;
};

uint3 index_in(dim3 grid, std::uint64_t number) {
  return {static_cast<unsigned>(number % grid.x), static_cast<unsigned>(number / grid.x % grid.y),
          static_cast<unsigned>(number / grid.x / grid.y)};
}

}  // namespace

cudaError_t run_kernel(const KernelBody& body, dim3 grid, dim3 block, void** arguments, std::size_t dynamic_shared) {
  Block& threads = the_block();
  const InsideKernel inside{threads};
  threads.begin_launch(body, arguments, grid, block, dynamic_shared);
  auto& random = Runtime::instance().scheduler.random();
  std::uint64_t seed = random();
  for (Permutation order{std::uint64_t{grid.x} * grid.y * grid.z, seed}; !order.empty();) {
    const std::uint64_t number = order.take();
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    if (!threads.run(static_cast<std::uint32_t>(number), index_in(grid, number), seed ^ seed >> 29U))
      return cudaErrorIllegalAddress;
  }
  return cudaSuccess;
}

void touched(const void* address, std::size_t bytes, Access kind) {
  if (in_arena(address))
    access(address, bytes, kind);
  else if (running != nullptr)
    running->touch(address, bytes, kind);
}

void wait_for_block(int line) { running->wait_for_block(line); }
void wait_for_warp(unsigned mask, int line) { running->wait_for_warp(mask, line); }
std::uint64_t exchange(std::uint64_t value, unsigned source, unsigned mask, int line) {
  return running->exchange(value, source, mask, line);
}
unsigned lane() { return running->lane(); }
void touch_atomically(void* address, std::size_t bytes) { touched(address, bytes, Access::atomic); }
void* dynamic_shared_memory() { return running->dynamic_shared(); }

}  // namespace fakecuda
