// A device that computes more slowly than the one it stands for.
#pragma once

#include <functional>

#include "harness/device/forwarding.hpp"
#include "harness/device/world.hpp"

namespace lockstep {

/// How long the calling thread has computed; never goes backwards.
using WorkClock = std::function<Seconds()>;

/// The processor time of the calling thread, which does not go on while others have its core.
Seconds thread_processor_time();

/// Every kernel takes `factor` times as long: after its body the thread computes on for the rest, by `clock`; a GPU
/// waits for the rest by its own clock. Copies, events and waiting are the inner stream's.
class SlowedStream : public ForwardingStream {
 public:
  SlowedStream(std::unique_ptr<Stream> inner, double factor, WorkClock clock);

  void run(Kernel kernel) override;

 private:
  double factor_;
  WorkClock clock_;
};

/// From now on the rank's compute streams are slowed by `factor`, at least 1. Its collectives are not, nor the time
/// that they wait: they run on the inner stream. To be called before streams are made.
void slow_down(Rank& rank, double factor, WorkClock clock = thread_processor_time);

}  // namespace lockstep
