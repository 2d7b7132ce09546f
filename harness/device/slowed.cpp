#include "harness/device/slowed.hpp"

#include <ctime>

namespace lockstep {
namespace {

class SlowedDevice : public Device {
 public:
  SlowedDevice(std::unique_ptr<Device> inner, double factor, WorkClock clock)
      : inner_{std::move(inner)}, factor_{factor}, clock_{std::move(clock)} {}

  [[nodiscard]] const std::string& name() const override { return inner_->name(); }
  void attach_thread() override { inner_->attach_thread(); }
  std::unique_ptr<Stream> make_compute_stream() override {
    return std::make_unique<SlowedStream>(inner_->make_compute_stream(), factor_, clock_);
  }
  std::unique_ptr<Stream> make_side_stream() override { return inner_->make_side_stream(); }
  std::shared_ptr<std::byte[]> allocate(std::size_t bytes, Use use) override { return inner_->allocate(bytes, use); }
  [[nodiscard]] std::size_t capacity() const override { return inner_->capacity(); }
  [[nodiscard]] MemoryAccount account() const override { return inner_->account(); }

 private:
  std::unique_ptr<Device> inner_;
  double factor_;
  WorkClock clock_;
};

/// Queues operations at full speed.
class UnslowedCommunicator : public Communicator {
 public:
  explicit UnslowedCommunicator(std::unique_ptr<Communicator> inner) : inner_{std::move(inner)} {}

  [[nodiscard]] int rank() const override { return inner_->rank(); }
  [[nodiscard]] int size() const override { return inner_->size(); }
  std::unique_ptr<Communicator> first_ranks(int count) override {
    auto subgroup = inner_->first_ranks(count);
    return subgroup ? std::make_unique<UnslowedCommunicator>(std::move(subgroup)) : nullptr;
  }
  void abort() override { inner_->abort(); }

 protected:
  void do_submit(Stream& stream, CollectiveCall call) override {
    auto* slowed = dynamic_cast<SlowedStream*>(&stream);
    inner_->submit(slowed != nullptr ? slowed->inner() : stream, std::move(call));
  }

 private:
  std::unique_ptr<Communicator> inner_;
};

}  // namespace

Seconds thread_processor_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

SlowedStream::SlowedStream(std::unique_ptr<Stream> inner, double factor, WorkClock clock)
    : inner_{std::move(inner)}, factor_{factor}, clock_{std::move(clock)} {}

void SlowedStream::run(Kernel kernel) {
  kernel.cpu = [body = std::move(kernel.cpu), factor = factor_, clock = clock_] {
    const Seconds start = clock();
    body();
    const Seconds end = start + factor * (clock() - start);
    while (clock() < end) {
    }
  };
  inner_->run(std::move(kernel));
}

void slow_down(Rank& rank, double factor, WorkClock clock) {
  require(factor >= 1, "a device slowed by the factor {}", factor);
  rank.device = std::make_unique<SlowedDevice>(std::move(rank.device), factor, std::move(clock));
  rank.group = std::make_unique<UnslowedCommunicator>(std::move(rank.group));
}

}  // namespace lockstep
