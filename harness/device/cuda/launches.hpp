// How a stream's kernels get to the GPU: one by one, or as graphs.
#pragma once

#include <list>
#include <memory>
#include <span>

#include "harness/device/cuda/context.hpp"
#include "harness/device/kernel.hpp"
#include "kernels/cuda/queue.hpp"

namespace lockstep::cuda {

/// Queues a stream's work. Kernels that are queued together are launched one by one when they are seen first, captured
/// into a graph when they come again, and from then on launched as that graph: one call of the host, however many there
/// are. They come again when all that they depend on is the same bit for bit (WorkKey), so a graph never does what the
/// launches would not have done; where a kernel does not tell, it is launched by itself. Keeps no memory alive.
///
/// Called by the rank's thread, with the GPU current. Throws RunError naming the kernel, or CudaError.
class Launches {
 public:
  explicit Launches(std::shared_ptr<Context> context) : context_{std::move(context)} {}

  void queue_one(const Kernel& kernel, const kernels::CudaQueue& queue) const;
  void queue(std::span<const Kernel> kernels, const kernels::CudaQueue& queue);

 private:
  struct Section {
    WorkKey key;
    OwnedGraphExec graph;  // null until the section has come again
  };
  void queue_each(std::span<const Kernel> kernels, const kernels::CudaQueue& queue) const;
  [[nodiscard]] OwnedGraphExec capture(std::span<const Kernel> kernels, const kernels::CudaQueue& queue) const;
  /// Moved to the front; null when it has not been seen, or not for long.
  Section* find(const WorkKey& key);
  void remember(WorkKey key);

  std::shared_ptr<Context> context_;
  std::list<Section> sections_;  // the latest first
};

}  // namespace lockstep::cuda
