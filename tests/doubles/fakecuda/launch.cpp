#include "tests/doubles/fakecuda/launch.hpp"

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/doubles/fakecuda/capture.hpp"
#include "tests/doubles/fakecuda/device_facts.hpp"
#include "tests/doubles/fakecuda/findings.hpp"
#include "tests/doubles/fakecuda/kernels.hpp"

namespace fakecuda {
namespace {

constexpr unsigned grid_yz_at_most = 65535;
constexpr unsigned block_z_at_most = 64;

bool has_threads(const dim3& size) { return size.x != 0 && size.y != 0 && size.z != 0; }

bool fits(const dim3& grid, const dim3& block) {
  constexpr auto at_most = static_cast<unsigned>(threads_per_block_at_most);
  return has_threads(grid) && has_threads(block) && grid.x <= 0x7FFFFFFFU && grid.y <= grid_yz_at_most &&
         grid.z <= grid_yz_at_most && block.x <= at_most && block.y <= at_most && block.z <= block_z_at_most &&
         std::size_t{block.x} * block.y * block.z <= at_most;
}

/// The arguments' values, since the caller's are gone when the kernel runs.
class Arguments {
 public:
  Arguments(const KernelBody& body, void** values) {
    for (int i = 0; i < body.arguments; ++i) {
      const std::size_t bytes = body.argument_bytes[i];
      auto& copy = values_.emplace_back(std::make_unique<std::max_align_t[]>(bytes / sizeof(std::max_align_t) + 1));
      std::memcpy(copy.get(), values[i], bytes);
      pointers_.push_back(copy.get());
    }
  }
  void** pointers() { return pointers_.data(); }

 private:
  std::vector<std::unique_ptr<std::max_align_t[]>> values_;
  std::vector<void*> pointers_;
};

void run(Runtime& runtime, const KernelBody& body, const Launch& launch, Arguments& arguments) {
  const Injection::Verdict verdict = runtime.injection.happening("kernel");
  if (verdict.fails) {
    const auto error = static_cast<cudaError_t>(verdict.code != 0 ? verdict.code : cudaErrorLaunchFailure);
    runtime.device(executing().device).sticky = error;
    return;
  }
  const cudaError_t end = run_kernel(body, launch.grid, launch.block, arguments.pointers(), launch.dynamic_shared);
  if (end != cudaSuccess) runtime.device(executing().device).sticky = end;
}

}  // namespace

cudaError_t queue_launch(Call& call, const Launch& launch) {
  const RegisteredKernel* kernel = find_kernel(launch.host_function);
  if (kernel == nullptr) {
    report("bad launch", "a function that is no kernel was launched");
    return cudaErrorInvalidDeviceFunction;
  }
  if (kernel->body == nullptr) {
    report("not faked", "kernel '" + kernel->name + "' has no body for the host");
    return cudaErrorInvalidDeviceFunction;
  }
  if (!fits(launch.grid, launch.block)) return cudaErrorInvalidConfiguration;
  if (launch.dynamic_shared > kernel->dynamic_shared_at_most) return cudaErrorInvalidValue;
  Stream* stream = call.runtime.scheduler.find(launch.stream, call.function);
  if (stream == nullptr) return cudaErrorInvalidResourceHandle;
  if (const int current = this_thread().device; stream->device != current) {
    report("wrong device", "kernel '" + kernel->name + "' is launched on " + stream->name +
                               " while the current device is " + std::to_string(current));
    return cudaErrorInvalidResourceHandle;
  }
  if (const cudaError_t refused = refused_by_capture(call, *stream, Use::queues); refused != cudaSuccess)
    return refused;
  auto arguments = std::make_shared<Arguments>(*kernel->body, launch.arguments);
  queue_or_capture(call, *stream, {kernel->name, [&runtime = call.runtime, body = kernel->body, launch, arguments] {
                                     run(runtime, *body, launch, *arguments);
                                   }});
  return cudaSuccess;
}

}  // namespace fakecuda
