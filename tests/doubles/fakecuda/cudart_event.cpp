// Events.
#include <cuda_runtime_api.h>

#include <memory>
#include <string>

#include "tests/doubles/fakecuda/capture.hpp"
#include "tests/doubles/fakecuda/cuda_call.hpp"
#include "tests/doubles/fakecuda/findings.hpp"
#include "tests/doubles/fakecuda/host_order.hpp"

namespace fakecuda {

Event* find_event(const Call& call, cudaEvent_t handle) {
  const auto found = call.runtime.events.find(handle);
  if (found == call.runtime.events.end()) {
    report("bad handle", std::string{call.function} + " got an event that was never made");
    return nullptr;
  }
  if (found->second->alive) return found->second.get();
  report("use after destroy", std::string{call.function} + " got a destroyed event");
  return nullptr;
}

}  // namespace fakecuda

using namespace fakecuda;

extern "C" {

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* made, unsigned int flags) {
  return cuda_call("cudaEventCreateWithFlags", cudaErrorMemoryAllocation, [&](Call& call) {
    if (made == nullptr || (flags & ~unsigned{cudaEventBlockingSync | cudaEventDisableTiming}) != 0)
      return cudaErrorInvalidValue;
    auto event = std::make_unique<Event>();
    event->device = this_thread().device;
    event->timed = (flags & cudaEventDisableTiming) == 0;
    *made = reinterpret_cast<cudaEvent_t>(event.get());
    call.runtime.events.emplace(event.get(), std::move(event));
    return cudaSuccess;
  });
}

cudaError_t cudaEventDestroy(cudaEvent_t handle) {
  return cuda_release("cudaEventDestroy", [&](Call& call) {
    Event* event = find_event(call, handle);
    if (event == nullptr) return cudaErrorInvalidResourceHandle;
    event->alive = false;
    event->latest = nullptr;
    return cudaSuccess;
  });
}

cudaError_t cudaEventRecord(cudaEvent_t handle, cudaStream_t stream_handle) {
  return cuda_call("cudaEventRecord", cudaErrorUnknown, [&](Call& call) {
    Event* event = find_event(call, handle);
    Stream* stream = call.runtime.scheduler.find(stream_handle, call.function);
    if (event == nullptr || stream == nullptr) return cudaErrorInvalidResourceHandle;
    if (event->device != stream->device) {
      report("wrong device",
             "cudaEventRecord of an event of device " + std::to_string(event->device) + " on " + stream->name);
      return cudaErrorInvalidResourceHandle;
    }
    if (const cudaError_t refused = refused_by_capture(call, *stream, Use::queues); refused != cudaSuccess)
      return refused;
    event->captured = stream->capture;
    event->latest = nullptr;
    if (event->captured != nullptr) return cudaSuccess;  // a place in the graph, which nobody can look at
    event->latest = std::make_shared<Completion>();
    call.runtime.scheduler.enqueue(*stream, {.name = "cudaEventRecord", .point = event->latest});
    return cudaSuccess;
  });
}

cudaError_t cudaEventQuery(cudaEvent_t handle) {
  return cuda_call("cudaEventQuery", cudaErrorUnknown, [&](Call& call) {
    const Event* event = find_event(call, handle);
    if (event == nullptr) return cudaErrorInvalidResourceHandle;
    if (const cudaError_t refused = refused_as_captured(call, *event); refused != cudaSuccess) return refused;
    if (const cudaError_t refused = refused_as_unsafe(call); refused != cudaSuccess) return refused;
    call.runtime.scheduler.let_something_happen(call.lock);
    if (const cudaError_t failed = state_of(call, event->device); failed != cudaSuccess) return failed;
    if (event->latest == nullptr) return cudaSuccess;
    if (!event->latest->done) return cudaErrorNotReady;
    host_actor(call.runtime).clock.join(event->latest->clock);
    return cudaSuccess;
  });
}

cudaError_t cudaEventSynchronize(cudaEvent_t handle) {
  return cuda_call("cudaEventSynchronize", cudaErrorUnknown, [&](Call& call) {
    const Event* event = find_event(call, handle);
    if (event == nullptr) return cudaErrorInvalidResourceHandle;
    if (const cudaError_t refused = refused_as_captured(call, *event); refused != cudaSuccess) return refused;
    if (event->latest == nullptr)
      report("event never recorded", "cudaEventSynchronize waits for nothing");
    else
      call.runtime.scheduler.wait(call.lock, "cudaEventSynchronize on device " + std::to_string(event->device),
                                  {event->latest});
    return state_of(call, event->device);
  });
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start_handle, cudaEvent_t end_handle) {
  return cuda_call("cudaEventElapsedTime", cudaErrorUnknown, [&](Call& call) {
    const Event* start = find_event(call, start_handle);
    const Event* end = find_event(call, end_handle);
    for (const Event* event : {start, end})
      if (event != nullptr)
        if (const cudaError_t refused = refused_as_captured(call, *event); refused != cudaSuccess) return refused;
    if (start == nullptr || end == nullptr || start->device != end->device || !start->timed || !end->timed ||
        start->latest == nullptr || end->latest == nullptr)
      return cudaErrorInvalidResourceHandle;
    if (!start->latest->done || !end->latest->done) return cudaErrorNotReady;
    const std::chrono::duration<float, std::milli> elapsed = end->latest->time - start->latest->time;
    *milliseconds = elapsed.count();
    return cudaSuccess;
  });
}
}
