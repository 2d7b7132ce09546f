// An in-order queue of device work.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "harness/device/event.hpp"
#include "harness/device/kernel.hpp"

namespace lockstep {

class Tensor;

/// Work of one stream happens in the order of the calls; work of two streams is ordered only by events. What work
/// refers to must stay alive until the stream has passed it. Called from the rank's thread only.
class Stream {
 public:
  virtual ~Stream() = default;

  /// Queues the kernel; may return before it has run.
  virtual void run(Kernel kernel) = 0;
  /// Marks the point that is reached when all work queued so far is done.
  virtual Event record() = 0;
  /// Work queued from now on starts only after `event`. Does not block the caller on backends with a queue.
  virtual void wait(const Event& event) = 0;
  /// Blocks the caller until all queued work is done; rethrows the first failure among it.
  virtual void synchronize() = 0;

  /// Calls `work`, whose kernels are queued again in later steps: a backend may hold them back until something else is
  /// queued or `work` has returned, and queue them at once, where that costs the host less. Their order stays.
  virtual void repeated(const std::function<void()>& work) { work(); }

  /// Names what the calling thread queues until the matching close_range, for a profiler. `name` has static lifetime.
  virtual void open_range([[maybe_unused]] const char* name) {}
  virtual void close_range() {}

  /// Queues a copy from host memory, which is read when the stream gets there. Sizes must agree.
  virtual void copy_in(std::span<const std::byte> host, const Tensor& tensor) = 0;
  /// Queues a copy to host memory, which holds the values only after the stream has passed this point.
  virtual void copy_out(const Tensor& tensor, std::span<std::byte> host) = 0;
};

}  // namespace lockstep
