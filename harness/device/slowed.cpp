#include "harness/device/slowed.hpp"

#include <ctime>

#include "kernels/cuda/delay.hpp"

namespace lockstep {
namespace {

class SlowedDevice : public ForwardingDevice {
 public:
  SlowedDevice(std::unique_ptr<Device> inner, double factor, WorkClock clock)
      : ForwardingDevice{std::move(inner)}, factor_{factor}, clock_{std::move(clock)} {}

  std::unique_ptr<Stream> make_compute_stream() override {
    return std::make_unique<SlowedStream>(ForwardingDevice::make_compute_stream(), factor_, clock_);
  }

 private:
  double factor_;
  WorkClock clock_;
};

/// Queues operations at full speed.
class UnslowedCommunicator : public ForwardingCommunicator {
 public:
  using ForwardingCommunicator::ForwardingCommunicator;

  std::unique_ptr<Communicator> first_ranks(int count) override {
    auto subgroup = inner().first_ranks(count);
    return subgroup ? std::make_unique<UnslowedCommunicator>(std::move(subgroup)) : nullptr;
  }

 protected:
  void do_submit(Stream& stream, CollectiveCall call) override {
    auto* slowed = dynamic_cast<SlowedStream*>(&stream);
    inner().submit(slowed != nullptr ? slowed->inner() : stream, std::move(call));
  }
};

void run_slowed(const KernelBody& body, double factor, const WorkClock& clock) {
  const Seconds start = clock();
  body();
  const Seconds end = start + factor * (clock() - start);
  while (clock() < end) {
  }
}

/// By the GPU's own clock, which the host does not see.
void queue_slowed(const KernelBody& body, double factor, const auto& queue) {
  kernels::begin_slowed(queue);
  body(queue);
  kernels::end_slowed(queue, factor);
}

}  // namespace

Seconds thread_processor_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

SlowedStream::SlowedStream(std::unique_ptr<Stream> inner, double factor, WorkClock clock)
    : ForwardingStream{std::move(inner)}, factor_{factor}, clock_{std::move(clock)} {}

void SlowedStream::run(Kernel kernel) {
  kernel.body = [body = std::move(kernel.body), factor = factor_, clock = clock_](const auto&... queue) {
    if constexpr (sizeof...(queue) == 0)
      run_slowed(body, factor, clock);
    else
      queue_slowed(body, factor, queue...);
  };
  ForwardingStream::run(std::move(kernel));
}

void slow_down(Rank& rank, double factor, WorkClock clock) {
  require(factor >= 1, "a device slowed by the factor {}", factor);
  rank.device = std::make_unique<SlowedDevice>(std::move(rank.device), factor, std::move(clock));
  rank.group = std::make_unique<UnslowedCommunicator>(std::move(rank.group));
}

}  // namespace lockstep
