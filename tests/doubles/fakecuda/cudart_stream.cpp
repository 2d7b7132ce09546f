// Streams.
#include <cuda_runtime_api.h>

#include <string>

#include "tests/doubles/fakecuda/capture.hpp"
#include "tests/doubles/fakecuda/cuda_call.hpp"
#include "tests/doubles/fakecuda/findings.hpp"
#include "tests/doubles/fakecuda/host_order.hpp"
#include "tests/doubles/fakecuda/nccl_group.hpp"
#include "tests/doubles/fakecuda/service.hpp"

using namespace fakecuda;

namespace {

constexpr int least_priority = 0;
constexpr int greatest_priority = -5;

cudaError_t make_stream(const char* function, cudaStream_t* made, unsigned int flags, int priority) {
  return cuda_call(function, cudaErrorMemoryAllocation, [&](Call& call) {
    if (made == nullptr || (flags != cudaStreamDefault && flags != cudaStreamNonBlocking)) return cudaErrorInvalidValue;
    Stream& stream =
        call.runtime.scheduler.make_stream(this_thread().device, flags == cudaStreamDefault, false, priority);
    *made = reinterpret_cast<cudaStream_t>(&stream);
    return cudaSuccess;
  });
}

/// A wait across the border of a capture: CUDA takes a stream that waits for a captured event into the capture, and
/// refuses that a captured stream waits for what is outside.
cudaError_t joins_capture(const Call& call, const Stream& stream, const Event& event) {
  if (event.captured != nullptr) {
    report("not faked", "cudaStreamWaitEvent of " + stream.name + " for an event that was recorded in a capture");
    event.captured->invalid = true;
    return cudaErrorNotSupported;
  }
  if (stream.capture == nullptr) return cudaSuccess;
  report("capture", std::string{call.function} + ": " + stream.name + ", which is capturing, waits for work outside");
  stream.capture->invalid = true;
  return cudaErrorStreamCaptureIsolation;
}

}  // namespace

extern "C" {

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* made, unsigned int flags) {
  return make_stream("cudaStreamCreateWithFlags", made, flags, least_priority);
}

cudaError_t cudaStreamCreateWithPriority(cudaStream_t* made, unsigned int flags, int priority) {
  return make_stream("cudaStreamCreateWithPriority", made, flags, priority);
}

cudaError_t cudaDeviceGetStreamPriorityRange(int* least, int* greatest) {
  return cuda_call("cudaDeviceGetStreamPriorityRange", cudaErrorUnknown, [&](Call&) {
    if (least != nullptr) *least = least_priority;
    if (greatest != nullptr) *greatest = greatest_priority;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamDestroy(cudaStream_t handle) {
  return cuda_release("cudaStreamDestroy", [&](Call& call) {
    Stream* stream = call.runtime.scheduler.find(handle, call.function);
    if (stream == nullptr || stream->legacy) return cudaErrorInvalidResourceHandle;
    if (stream->capture != nullptr) report("capture", stream->name + " is destroyed while it is capturing");
    call.runtime.scheduler.destroy_stream(*stream);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamSynchronize(cudaStream_t handle) {
  return cuda_call("cudaStreamSynchronize", cudaErrorUnknown, [&](Call& call) {
    Scheduler& scheduler = call.runtime.scheduler;
    Stream* stream = scheduler.find(handle, call.function);
    if (stream == nullptr) return cudaErrorInvalidResourceHandle;
    if (const cudaError_t refused = refused_by_capture(call, *stream, Use::watches); refused != cudaSuccess)
      return refused;
    if (group_holds_work_for(*stream))
      report("wait in group", "cudaStreamSynchronize of " + stream->name +
                                  " inside an NCCL group does not wait for what the group will queue on it");
    scheduler.wait(call.lock, "cudaStreamSynchronize of " + stream->name, {scheduler.last_point(*stream)});
    return state_of(call, stream->device);
  });
}

cudaError_t cudaStreamQuery(cudaStream_t handle) {
  return cuda_call("cudaStreamQuery", cudaErrorUnknown, [&](Call& call) {
    Stream* stream = call.runtime.scheduler.find(handle, call.function);
    if (stream == nullptr) return cudaErrorInvalidResourceHandle;
    if (const cudaError_t refused = refused_by_capture(call, *stream, Use::watches); refused != cudaSuccess)
      return refused;
    call.runtime.scheduler.let_something_happen(call.lock);
    if (const cudaError_t failed = state_of(call, stream->device); failed != cudaSuccess) return failed;
    if (!stream->queue.empty()) return cudaErrorNotReady;
    host_actor(call.runtime).clock.join(stream->clock);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamWaitEvent(cudaStream_t handle, cudaEvent_t event_handle, unsigned int flags) {
  return cuda_call("cudaStreamWaitEvent", cudaErrorUnknown, [&](Call& call) {
    Stream* stream = call.runtime.scheduler.find(handle, call.function);
    const Event* event = find_event(call, event_handle);
    if (stream == nullptr || event == nullptr) return cudaErrorInvalidResourceHandle;
    if (flags != 0) return cudaErrorInvalidValue;
    if (const cudaError_t refused = refused_by_capture(call, *stream, Use::queues); refused != cudaSuccess)
      return refused;
    if (event->captured != nullptr && event->captured == stream->capture) return cudaSuccess;  // it is behind it
    if (const cudaError_t refused = joins_capture(call, *stream, *event); refused != cudaSuccess) return refused;
    if (event->latest == nullptr) {
      report("event never recorded", "cudaStreamWaitEvent on " + stream->name + " waits for nothing");
      return cudaSuccess;
    }
    // The record that is the latest now; a later one changes nothing.
    call.runtime.scheduler.enqueue(*stream, {.name = "cudaStreamWaitEvent", .after = {event->latest}});
    return cudaSuccess;
  });
}

cudaError_t cudaLaunchHostFunc(cudaStream_t handle, cudaHostFn_t function, void* data) {
  return cuda_call("cudaLaunchHostFunc", cudaErrorUnknown, [&](Call& call) {
    Stream* stream = call.runtime.scheduler.find(handle, call.function);
    if (stream == nullptr) return cudaErrorInvalidResourceHandle;
    if (function == nullptr) return cudaErrorInvalidValue;
    if (const cudaError_t refused = refused_as_not_faked(call, *stream); refused != cudaSuccess) return refused;
    call.runtime.scheduler.enqueue(
        *stream,
        {.name = "cudaLaunchHostFunc", .run = [function, data] { function(data); }, .kind = Operation::Kind::host});
    start_service();
    return cudaSuccess;
  });
}
}
