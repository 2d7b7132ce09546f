// What decorators of streams, devices and communicators do not change: all of it goes to the one they stand before.
#pragma once

#include <memory>
#include <utility>

#include "harness/device/communicator.hpp"
#include "harness/device/device.hpp"

namespace lockstep {

class ForwardingStream : public Stream {
 public:
  explicit ForwardingStream(std::unique_ptr<Stream> inner) : inner_{std::move(inner)} {}

  void run(Kernel kernel) override { inner_->run(std::move(kernel)); }
  Event record() override { return inner_->record(); }
  void wait(const Event& event) override { inner_->wait(event); }
  void synchronize() override { inner_->synchronize(); }
  void repeated(const std::function<void()>& work) override { inner_->repeated(work); }
  void open_range(const char* name) override { inner_->open_range(name); }
  void close_range() override { inner_->close_range(); }
  void copy_in(std::span<const std::byte> host, const Tensor& tensor) override { inner_->copy_in(host, tensor); }
  void copy_out(const Tensor& tensor, std::span<std::byte> host) override { inner_->copy_out(tensor, host); }

  /// The stream that does the work.
  [[nodiscard]] Stream& inner() { return *inner_; }

 private:
  std::unique_ptr<Stream> inner_;
};

class ForwardingDevice : public Device {
 public:
  explicit ForwardingDevice(std::unique_ptr<Device> inner) : inner_{std::move(inner)} {}

  [[nodiscard]] const std::string& name() const override { return inner_->name(); }
  void attach_thread() override { inner_->attach_thread(); }
  std::unique_ptr<Stream> make_compute_stream() override { return inner_->make_compute_stream(); }
  std::unique_ptr<Stream> make_side_stream() override { return inner_->make_side_stream(); }
  std::shared_ptr<std::byte[]> allocate(std::size_t bytes, Use use) override { return inner_->allocate(bytes, use); }
  [[nodiscard]] std::size_t capacity() const override { return inner_->capacity(); }
  [[nodiscard]] MemoryAccount account() const override { return inner_->account(); }
  [[nodiscard]] std::optional<std::size_t> outside_account() const override { return inner_->outside_account(); }

 private:
  std::unique_ptr<Device> inner_;
};

/// Operations and subgroups are for the decorator to pass on.
class ForwardingCommunicator : public Communicator {
 public:
  explicit ForwardingCommunicator(std::unique_ptr<Communicator> inner) : inner_{std::move(inner)} {}

  [[nodiscard]] int rank() const override { return inner_->rank(); }
  [[nodiscard]] int size() const override { return inner_->size(); }
  [[nodiscard]] bool adds_in_rank_order() const override { return inner_->adds_in_rank_order(); }
  [[nodiscard]] bool spans_processes() const override { return inner_->spans_processes(); }
  void abort() override { inner_->abort(); }
  [[nodiscard]] std::vector<CollectiveRecord> last_collectives() const override { return inner_->last_collectives(); }

 protected:
  [[nodiscard]] Communicator& inner() { return *inner_; }

 private:
  std::unique_ptr<Communicator> inner_;
};

}  // namespace lockstep
