// A device that computes more slowly than the one it stands for.
#pragma once

#include <functional>

#include "harness/device/world.hpp"

namespace lockstep {

/// How long the calling thread has computed; never goes backwards.
using WorkClock = std::function<Seconds()>;

/// The processor time of the calling thread, which does not go on while others have its core.
Seconds thread_processor_time();

/// Every kernel takes `factor` times as long: after its body the thread computes on for the rest. Copies, events and
/// waiting are the inner stream's. For backends that run a kernel's `cpu` body.
class SlowedStream : public Stream {
 public:
  SlowedStream(std::unique_ptr<Stream> inner, double factor, WorkClock clock);

  void run(Kernel kernel) override;
  Event record() override { return inner_->record(); }
  void wait(const Event& event) override { inner_->wait(event); }
  void synchronize() override { inner_->synchronize(); }
  void copy_in(std::span<const std::byte> host, const Tensor& tensor) override { inner_->copy_in(host, tensor); }
  void copy_out(const Tensor& tensor, std::span<std::byte> host) override { inner_->copy_out(tensor, host); }

  /// The stream at full speed, in the same order of work.
  [[nodiscard]] Stream& inner() { return *inner_; }

 private:
  std::unique_ptr<Stream> inner_;
  double factor_;
  WorkClock clock_;
};

/// From now on the rank's compute streams are slowed by `factor`, at least 1. Its collectives are not, nor the time
/// that they wait: they run on the inner stream. To be called before streams are made.
void slow_down(Rank& rank, double factor, WorkClock clock = thread_processor_time);

}  // namespace lockstep
