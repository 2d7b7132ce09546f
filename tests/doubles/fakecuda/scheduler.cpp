#include "tests/doubles/fakecuda/scheduler.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "tests/doubles/fakecuda/findings.hpp"
#include "tests/doubles/fakecuda/hang.hpp"
#include "tests/doubles/fakecuda/host_order.hpp"
#include "tests/doubles/fakecuda/runtime.hpp"

namespace fakecuda {

Scheduler::Scheduler(Runtime& runtime)
    : runtime_{runtime}, random_{runtime.settings.seed}, questions_{runtime.settings, *this} {}

Stream& Scheduler::make_stream(int device, bool blocking, bool legacy, int priority) {
  Stream& stream = *all_.emplace_back(std::make_unique<Stream>());
  runtime_.introduce(stream);
  stream.is_stream = true;
  stream.device = device;
  stream.blocking = blocking;
  stream.legacy = legacy;
  stream.priority = priority;
  stream.name =
      "device " + std::to_string(device) + (legacy ? ", default stream" : ", stream " + std::to_string(all_.size()));
  live_.push_back(&stream);
  handles_.insert(&stream);
  return stream;
}

void Scheduler::destroy_stream(Stream& stream) {
  stream.alive = false;
  if (stream.queue.empty()) forget(stream);
}

void Scheduler::forget(Stream& stream) {
  std::erase(live_, &stream);
  gone_[stream.device].join(stream.clock);
}

Point Scheduler::work_of_gone_streams(int device) const {
  const auto found = gone_.find(device);
  const VectorClock clock = found != gone_.end() ? found->second : VectorClock{};
  return std::make_shared<Completion>(Completion{true, clock, std::chrono::steady_clock::now()});
}

Stream* Scheduler::find(cudaStream_t handle, const char* function) {
  if (handle == nullptr || handle == cudaStreamLegacy) return runtime_.device(this_thread().device).default_stream;
  if (!handles_.contains(handle)) {
    report("bad handle", std::string{function} + " got a stream that was never made");
    return nullptr;
  }
  auto* stream = reinterpret_cast<Stream*>(handle);
  if (stream->alive) return stream;
  report("use after destroy", std::string{function} + " got a destroyed stream, " + stream->name);
  return nullptr;
}

void Scheduler::order_with_default_stream(Stream& stream, Operation& operation) {
  if (!stream.blocking) return;
  for (Stream* other : live_)
    if (other != &stream && other->device == stream.device && other->blocking && (stream.legacy || other->legacy))
      operation.after.push_back(last_point(*other));
}

Operation& Scheduler::enqueue(Stream& stream, Operation operation) {
  order_with_default_stream(stream, operation);
  Actor& host = host_actor(runtime_);
  operation.queued = host.clock;
  host.clock.tick(host.id);
  stream.queue.push_back(std::make_unique<Operation>(std::move(operation)));
  moved();
  return *stream.queue.back();
}

Point Scheduler::last_point(Stream& stream) {
  if (stream.queue.empty())
    return std::make_shared<Completion>(Completion{true, stream.clock, std::chrono::steady_clock::now()});
  Point& point = stream.queue.back()->point;
  if (point == nullptr) point = std::make_shared<Completion>();
  return point;
}

bool Scheduler::failed(const Stream& stream) const { return runtime_.device(stream.device).sticky != cudaSuccess; }

bool Scheduler::is_due(const Stream& stream, const Operation& operation) const {
  if (stream.queue.empty() || stream.queue.front().get() != &operation || stream.busy || failed(stream)) return false;
  return std::all_of(operation.after.begin(), operation.after.end(), [](const Point& point) { return point->done; });
}

bool Scheduler::can_run(const Stream& stream, Work work) const {
  if (stream.queue.empty() || stream.busy) return false;
  const Operation& head = *stream.queue.front();
  const bool calls_host = head.kind == Operation::Kind::host && !failed(stream);
  if (calls_host != (work == Work::host_functions)) return false;
  if (failed(stream)) return true;
  return is_due(stream, head) && (!head.ready || head.ready());
}

bool Scheduler::run_one(Lock& lock, Work work) {
  std::vector<Stream*> candidates;
  for (Stream* stream : live_)
    if (can_run(*stream, work)) candidates.push_back(stream);
  if (candidates.empty()) return false;
  run_head(lock, *candidates[random_() % candidates.size()]);
  return true;
}

void Scheduler::run_head(Lock& lock, Stream& stream) {
  const Operation& head = *stream.queue.front();
  const std::function<void()> run = failed(stream) ? nullptr : head.run;  // a joint one removes the head
  if (runtime_.settings.trace) std::fprintf(stderr, "fakecuda: run %s on %s\n", head.name.c_str(), stream.name.c_str());
  if (run != nullptr && head.kind == Operation::Kind::joint) return run();
  begin(stream);
  if (run != nullptr && head.kind == Operation::Kind::host) {
    stream.busy = true;
    executing().device = -1;
    lock.give_up();
    run();
    lock.retake();
    stream.busy = false;
  } else if (run != nullptr) {
    run();
  }
  finish(stream);
}

void Scheduler::begin(Stream& stream) {
  const Operation& head = *stream.queue.front();
  stream.clock.join(head.queued);
  for (const Point& point : head.after) stream.clock.join(point->clock);
  stream.clock.tick(stream.id);
  executing() = {&stream, stream.device, runtime_.shadow.moment(stream, head.name), head.name.c_str()};
}

void Scheduler::end() { executing() = {}; }

void Scheduler::finish(Stream& stream) {
  end();
  if (const Point& point = stream.queue.front()->point; point != nullptr)
    *point = {true, stream.clock, std::chrono::steady_clock::now()};
  stream.queue.pop_front();
  if (!stream.alive && stream.queue.empty()) forget(stream);
  moved();
}

void Scheduler::moved() {
  ++progress_;
  changed_.notify_all();
}

bool Scheduler::some_waiter_can_go_on() const {
  return std::any_of(waiters_.begin(), waiters_.end(), [](const Waiter* waiter) { return waiter->reached(); });
}

bool Scheduler::some_host_function_can_run() const {
  return std::any_of(live_.begin(), live_.end(),
                     [this](const Stream* stream) { return can_run(*stream, Work::host_functions); });
}

void Scheduler::wait(Lock& lock, const std::function<std::string()>& what, const std::function<bool()>& reached) {
  Waiter waiter{what, reached};
  const auto place = waiters_.insert(waiters_.end(), &waiter);
  HangWatch watch{runtime_.settings, *this};
  while (!reached())
    if (!run_one(lock, Work::of_devices)) watch.pause(lock);
  waiters_.erase(place);
}

void Scheduler::wait(Lock& lock, const std::string& what, const std::vector<Point>& points) {
  wait(
      lock, [&] { return what; },
      [&] { return std::all_of(points.begin(), points.end(), [](const Point& p) { return p->done; }); });
  for (const Point& point : points) host_actor(runtime_).clock.join(point->clock);
}

void Scheduler::let_something_happen(Lock& lock) {
  if (random_() % 2 == 0 && !run_one(lock, Work::of_devices)) questions_.asked(lock);
}

void Scheduler::run_all(Lock& lock, Work work) {
  while (run_one(lock, work)) continue;
}

void Scheduler::run_what_is_left() {
  for (const Stream* stream : live_)
    for (const auto& operation : stream->queue)
      if (operation->kind == Operation::Kind::host) {
        operation->kind = Operation::Kind::plain;
        operation->run = nullptr;
      }
  Lock lock;
  run_all(lock, Work::of_devices);
}

}  // namespace fakecuda
