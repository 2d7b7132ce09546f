// A device on which one kind of kernel takes longer.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>

#include "harness/device/forwarding.hpp"

namespace lockstep {

/// Which kernels are slow, and how long they sleep before they run.
struct Slowness {
  std::string_view kernel;
  std::chrono::milliseconds delay;
};

class SlowStream : public ForwardingStream {
 public:
  SlowStream(std::unique_ptr<Stream> inner, Slowness slowness)
      : ForwardingStream{std::move(inner)}, slowness_{slowness} {}

  void run(Kernel kernel) override {
    if (kernel.name == slowness_.kernel)
      kernel.body = [body = std::move(kernel.body), delay = slowness_.delay] {
        std::this_thread::sleep_for(delay);
        body();
      };
    ForwardingStream::run(std::move(kernel));
  }

 private:
  Slowness slowness_;
};

class SlowDevice : public ForwardingDevice {
 public:
  SlowDevice(std::unique_ptr<Device> inner, Slowness slowness)
      : ForwardingDevice{std::move(inner)}, slowness_{slowness} {}

  std::unique_ptr<Stream> make_compute_stream() override {
    return std::make_unique<SlowStream>(ForwardingDevice::make_compute_stream(), slowness_);
  }

 private:
  Slowness slowness_;
};

}  // namespace lockstep
