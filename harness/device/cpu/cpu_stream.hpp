// The two kinds of stream of a virtual device.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "harness/device/cpu/cpu_event.hpp"
#include "harness/device/stream.hpp"

namespace lockstep::cpu {

/// What both kinds share: copies are kernels.
class CpuStream : public Stream {
 public:
  void copy_in(std::span<const std::byte> host, const Tensor& tensor) final;
  void copy_out(const Tensor& tensor, std::span<std::byte> host) final;
};

/// Runs work on the caller's thread, at once. A kernel's exception leaves `run`.
class InlineStream : public CpuStream {
 public:
  void run(Kernel kernel) override { kernel.body(); }
  Event record() override;
  void wait(const Event& event) override { event.state().wait(); }
  void synchronize() override {}
};

/// Holds back all work of a device's streams until the host waits for some of it: the latest moment that the rules of
/// streams allow, so that a host that does not wait sees old values every time.
class Gate {
 public:
  /// Place in the line for work queued now.
  std::uint64_t ticket();
  /// Lets everything run that has been queued so far.
  void open();
  [[nodiscard]] bool admits(std::uint64_t ticket) const;
  /// Adds a stream's wake-up call.
  void on_open(std::function<void()> wake);

 private:
  mutable std::mutex mutex_;
  std::uint64_t queued_ = 0;
  std::uint64_t admitted_ = 0;
  std::vector<std::function<void()>> wakes_;
};

/// Runs work on a thread of its own. After a failure it skips the rest; the failure comes out of `synchronize`, of
/// every event recorded behind it, and of `on_failure` at once.
class WorkerStream : public CpuStream {
 public:
  using OnFailure = std::function<void(std::exception_ptr)>;

  /// `start` runs first on the new thread (pinning). With a gate, work is deferred until the gate opens.
  WorkerStream(std::function<void()> start, OnFailure on_failure, std::shared_ptr<Gate> gate = nullptr);
  /// Waits for the queued work.
  ~WorkerStream() override;

  void run(Kernel kernel) override;
  Event record() override;
  void wait(const Event& event) override;
  void synchronize() override;

 private:
  struct Shared;
  struct Task {
    std::uint64_t ticket;
    std::function<void()> work;
    std::shared_ptr<CpuEvent> event;  // a task either works or completes an event
  };
  void push(std::function<void()> work, std::shared_ptr<CpuEvent> event);
  static void work_off(Shared& shared);

  std::shared_ptr<Shared> shared_;
  std::shared_ptr<Gate> gate_;
  std::thread thread_;
};

}  // namespace lockstep::cpu
