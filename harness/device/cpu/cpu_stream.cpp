#include "harness/device/cpu/cpu_stream.hpp"

#include <cstring>

#include "harness/device/tensor.hpp"

namespace lockstep::cpu {
namespace {

/// An event of a deferred stream opens the device's gate when the host waits for it.
class DeferredEvent : public CpuEvent {
 public:
  explicit DeferredEvent(std::shared_ptr<Gate> gate) : gate_{std::move(gate)} {}
  void wait() const override {
    gate_->open();
    CpuEvent::wait();
  }
  [[nodiscard]] Seconds since(const State& earlier) const override {
    gate_->open();
    return CpuEvent::since(earlier);
  }

 private:
  std::shared_ptr<Gate> gate_;
};

}  // namespace

void CpuStream::copy_in(std::span<const std::byte> host, const Tensor& tensor) {
  require(host.size() == tensor.bytes(), "copy_in: {} bytes into a tensor of {}", host.size(), tensor.bytes());
  run({.name = "copy_in", .cost = {0, 2.0 * static_cast<double>(host.size())}, .body = [host, tensor] {
         if (!host.empty()) std::memcpy(tensor.raw().data(), host.data(), host.size());
       }});
}

void CpuStream::copy_out(const Tensor& tensor, std::span<std::byte> host) {
  require(host.size() == tensor.bytes(), "copy_out: a tensor of {} bytes into {}", tensor.bytes(), host.size());
  run({.name = "copy_out", .cost = {0, 2.0 * static_cast<double>(host.size())}, .body = [host, tensor] {
         if (!host.empty()) std::memcpy(host.data(), tensor.raw().data(), host.size());
       }});
}

Event InlineStream::record() {
  auto event = std::make_shared<CpuEvent>();
  event->complete();
  return Event{std::move(event)};
}

std::uint64_t Gate::ticket() {
  const std::lock_guard lock{mutex_};
  return queued_++;
}

void Gate::open() {
  std::vector<std::function<void()>> wakes;
  {
    const std::lock_guard lock{mutex_};
    admitted_ = queued_;
    wakes = wakes_;
  }
  for (const auto& wake : wakes) wake();
}

bool Gate::admits(std::uint64_t ticket) const {
  const std::lock_guard lock{mutex_};
  return ticket < admitted_;
}

void Gate::on_open(std::function<void()> wake) {
  const std::lock_guard lock{mutex_};
  wakes_.push_back(std::move(wake));
}

/// What the stream's thread works with; owned by the stream and by the gate's wake-up call.
struct WorkerStream::Shared {
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<Task> tasks;
  bool closing = false;
  std::exception_ptr failure;
  OnFailure on_failure;
  std::shared_ptr<Gate> gate;

  bool may_start() const { return !tasks.empty() && (gate == nullptr || gate->admits(tasks.front().ticket)); }
  std::optional<Task> next() {
    std::unique_lock lock{mutex};
    wake.wait(lock, [this] { return may_start() || (closing && tasks.empty()); });
    if (tasks.empty()) return std::nullopt;
    Task task = std::move(tasks.front());
    tasks.pop_front();
    return task;
  }
  void fail(std::exception_ptr error) {
    {
      const std::lock_guard lock{mutex};
      failure = error;
    }
    on_failure(std::move(error));
  }
  std::exception_ptr current_failure() {
    const std::lock_guard lock{mutex};
    return failure;
  }
};

WorkerStream::WorkerStream(std::function<void()> start, OnFailure on_failure, std::shared_ptr<Gate> gate)
    : shared_{std::make_shared<Shared>()}, gate_{std::move(gate)} {
  shared_->on_failure = std::move(on_failure);
  shared_->gate = gate_;
  if (gate_)
    gate_->on_open([weak = std::weak_ptr{shared_}] {
      if (const auto shared = weak.lock()) {
        const std::lock_guard lock{shared->mutex};
        shared->wake.notify_one();
      }
    });
  thread_ = std::thread{[shared = shared_, start = std::move(start)] {
    start();
    work_off(*shared);
  }};
}

WorkerStream::~WorkerStream() {
  if (gate_) gate_->open();
  {
    const std::lock_guard lock{shared_->mutex};
    shared_->closing = true;
  }
  shared_->wake.notify_one();
  thread_.join();
}

void WorkerStream::run(Kernel kernel) { push(std::move(kernel.body), nullptr); }

Event WorkerStream::record() {
  auto event = gate_ ? std::make_shared<DeferredEvent>(gate_) : std::make_shared<CpuEvent>();
  push(nullptr, event);
  return Event{std::move(event)};
}

void WorkerStream::wait(const Event& event) {
  push([event] { static_cast<const CpuEvent&>(event.state()).CpuEvent::wait(); }, nullptr);
}

void WorkerStream::synchronize() {
  const Event event = record();
  event.state().wait();
}

void WorkerStream::push(std::function<void()> work, std::shared_ptr<CpuEvent> event) {
  {
    const std::lock_guard lock{shared_->mutex};
    shared_->tasks.push_back({gate_ ? gate_->ticket() : 0, std::move(work), std::move(event)});
  }
  shared_->wake.notify_one();
}

void WorkerStream::work_off(Shared& shared) {
  while (auto task = shared.next()) {
    const std::exception_ptr failure = shared.current_failure();
    if (task->event) {
      task->event->complete(failure);
    } else if (!failure) {
      try {
        task->work();
      } catch (...) {
        shared.fail(std::current_exception());
      }
    }
  }
}

}  // namespace lockstep::cpu
