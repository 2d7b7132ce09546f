// A device on which one kind of kernel takes longer.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>

#include "harness/device/device.hpp"

namespace lockstep {

/// Which kernels are slow, and how long they sleep before they run.
struct Slowness {
  std::string_view kernel;
  std::chrono::milliseconds delay;
};

class SlowStream : public Stream {
 public:
  SlowStream(std::unique_ptr<Stream> inner, Slowness slowness) : inner_{std::move(inner)}, slowness_{slowness} {}

  void run(Kernel kernel) override {
    if (kernel.name == slowness_.kernel)
      kernel.cpu = [body = std::move(kernel.cpu), delay = slowness_.delay] {
        std::this_thread::sleep_for(delay);
        body();
      };
    inner_->run(std::move(kernel));
  }
  Event record() override { return inner_->record(); }
  void wait(const Event& event) override { inner_->wait(event); }
  void synchronize() override { inner_->synchronize(); }
  void copy_in(std::span<const std::byte> host, const Tensor& tensor) override { inner_->copy_in(host, tensor); }
  void copy_out(const Tensor& tensor, std::span<std::byte> host) override { inner_->copy_out(tensor, host); }

 private:
  std::unique_ptr<Stream> inner_;
  Slowness slowness_;
};

class SlowDevice : public Device {
 public:
  SlowDevice(std::unique_ptr<Device> inner, Slowness slowness) : inner_{std::move(inner)}, slowness_{slowness} {}

  [[nodiscard]] const std::string& name() const override { return inner_->name(); }
  void attach_thread() override { inner_->attach_thread(); }
  std::unique_ptr<Stream> make_compute_stream() override {
    return std::make_unique<SlowStream>(inner_->make_compute_stream(), slowness_);
  }
  std::unique_ptr<Stream> make_side_stream() override { return inner_->make_side_stream(); }
  std::shared_ptr<std::byte[]> allocate(std::size_t bytes, Use use) override { return inner_->allocate(bytes, use); }
  [[nodiscard]] std::size_t capacity() const override { return inner_->capacity(); }
  [[nodiscard]] MemoryAccount account() const override { return inner_->account(); }

 private:
  std::unique_ptr<Device> inner_;
  Slowness slowness_;
};

}  // namespace lockstep
