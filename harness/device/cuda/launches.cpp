#include "harness/device/cuda/launches.hpp"

#include <algorithm>
#include <optional>

namespace lockstep::cuda {
namespace {

/// Of one stream: the phases and buckets of a step, for the shapes of a few kinds of batches.
constexpr std::size_t most_sections = 128;

std::optional<WorkKey> key_of(std::span<const Kernel> kernels) {
  WorkKey key;
  for (const Kernel& kernel : kernels)
    if (!kernel.body.add_to(key)) return std::nullopt;
  return key;
}

/// While it lives, what this thread queues on the stream is noted down instead. What other threads do on other GPUs is
/// none of its business.
class Capture {
 public:
  Capture(cudaStream_t stream, int device) : stream_{stream}, device_{device} {
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture", device);
  }
  OwnedGraph end() {
    cudaGraph_t graph = nullptr;
    check(cudaStreamEndCapture(stream_, &graph), "cudaStreamEndCapture", device_);
    is_open_ = false;
    return OwnedGraph{graph};
  }
  /// After a failure: the stream can be used and destroyed.
  ~Capture() {
    if (!is_open_) return;
    cudaGraph_t graph = nullptr;
    (void)cudaStreamEndCapture(stream_, &graph);
    const OwnedGraph dropped{graph};
    (void)cudaGetLastError();
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

 private:
  cudaStream_t stream_;
  int device_;
  bool is_open_ = true;
};

}  // namespace

void Launches::queue_one(const Kernel& kernel, const kernels::CudaQueue& queue) const {
  try {
    kernel.body(queue);
  } catch (const kernels::CudaLaunchError& error) {
    throw RunError{fmt::format("kernel {} on {}: {}", kernel.name, context_->name(), error.what())};
  }
}

void Launches::queue(std::span<const Kernel> kernels, const kernels::CudaQueue& queue) {
  // A graph of one kernel would cost the host what its launch does.
  std::optional<WorkKey> key = kernels.size() > 1 ? key_of(kernels) : std::nullopt;
  if (!key) return queue_each(kernels, queue);
  Section* const section = find(*key);
  if (section == nullptr) {
    queue_each(kernels, queue);
    return remember(std::move(*key));
  }
  if (section->graph.get() == nullptr) section->graph = capture(kernels, queue);
  check(cudaGraphLaunch(section->graph.get(), queue.stream), "cudaGraphLaunch", context_->device());
}

void Launches::queue_each(std::span<const Kernel> kernels, const kernels::CudaQueue& queue) const {
  for (const Kernel& kernel : kernels) queue_one(kernel, queue);
}

OwnedGraphExec Launches::capture(std::span<const Kernel> kernels, const kernels::CudaQueue& queue) const {
  Capture capture{queue.stream, context_->device()};
  queue_each(kernels, queue);
  const OwnedGraph graph = capture.end();
  cudaGraphExec_t made = nullptr;
  check(cudaGraphInstantiate(&made, graph.get(), 0), "cudaGraphInstantiate", context_->device());
  return OwnedGraphExec{made};
}

Launches::Section* Launches::find(const WorkKey& key) {
  const auto found = std::ranges::find(sections_, key, &Section::key);
  if (found == sections_.end()) return nullptr;
  sections_.splice(sections_.begin(), sections_, found);
  return &sections_.front();
}

void Launches::remember(WorkKey key) {
  sections_.push_front({std::move(key), {}});
  if (sections_.size() > most_sections) sections_.pop_back();
}

}  // namespace lockstep::cuda
