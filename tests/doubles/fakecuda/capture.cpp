#include "tests/doubles/fakecuda/capture.hpp"

#include <utility>

#include "tests/doubles/fakecuda/calls.hpp"
#include "tests/doubles/fakecuda/findings.hpp"

namespace fakecuda {
namespace {

bool captures(const Stream& stream) { return stream.capture != nullptr; }

cudaError_t invalidate(const Call& call, Capture& capture, const std::string& why, cudaError_t error) {
  capture.invalid = true;
  report("capture", std::string{call.function} + " " + why);
  return error;
}

/// Whether the capture forbids this thread what it cannot see.
bool forbids_unsafe_calls(const Capture& capture) {
  if (capture.mode == cudaStreamCaptureModeRelaxed) return false;
  return capture.mode == cudaStreamCaptureModeGlobal || capture.thread == this_thread().number;
}

}  // namespace

cudaError_t refused_by_capture(const Call& call, Stream& stream, Use use) {
  if (captures(stream)) {
    if (stream.capture->invalid) return cudaErrorStreamCaptureInvalidated;
    if (use == Use::queues) return cudaSuccess;
    return invalidate(call, *stream.capture, "of " + stream.name + ", which is capturing",
                      cudaErrorStreamCaptureUnsupported);
  }
  if (!stream.legacy) return cudaSuccess;
  cudaError_t error = cudaSuccess;
  for (const Stream* other : call.runtime.scheduler.streams())
    if (other->device == stream.device && other->blocking && captures(*other))
      error = invalidate(call, *other->capture,
                         "uses the default stream, which waits for " + other->name + ", which is capturing",
                         cudaErrorStreamCaptureImplicit);
  return error;
}

cudaError_t refused_by_capture_on(const Call& call, int device) {
  cudaError_t error = cudaSuccess;
  for (const Stream* stream : call.runtime.scheduler.streams())
    if (stream->device == device && captures(*stream))
      error = invalidate(call, *stream->capture, "includes " + stream->name + ", which is capturing",
                         cudaErrorStreamCaptureUnsupported);
  return error;
}

cudaError_t refused_as_unsafe(const Call& call) {
  cudaError_t error = cudaSuccess;
  for (const Stream* stream : call.runtime.scheduler.streams())
    if (captures(*stream) && forbids_unsafe_calls(*stream->capture))
      error = invalidate(call, *stream->capture, "is not seen by the capture of " + stream->name,
                         cudaErrorStreamCaptureUnsupported);
  return error;
}

cudaError_t refused_as_captured(const Call& call, const Event& event) {
  if (event.captured == nullptr) return cudaSuccess;
  return invalidate(call, *event.captured, "of an event that was recorded in a capture", cudaErrorCapturedEvent);
}

cudaError_t refused_as_not_faked(const Call& call, const Stream& stream) {
  if (!captures(stream)) return cudaSuccess;
  report("not faked", std::string{call.function} + " on " + stream.name + ", which is capturing");
  stream.capture->invalid = true;
  return cudaErrorNotSupported;
}

void queue_or_capture(const Call& call, Stream& stream, GraphStep step) {
  if (captures(stream))
    stream.capture->steps.push_back(std::move(step));
  else
    call.runtime.scheduler.enqueue(stream, {.name = std::move(step.name), .run = std::move(step.run)});
}

}  // namespace fakecuda
