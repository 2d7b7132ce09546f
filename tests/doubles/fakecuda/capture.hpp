// Streams that note their work down instead of queueing it, the graphs that come of that, and what must not be called
// meanwhile.
//
// One stream at a time takes part in a capture: work of a second one, functions of the host, NCCL and memory that is
// allocated in stream order are refused as not faked.
#pragma once

#include <driver_types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/doubles/fakecuda/stream.hpp"

namespace fakecuda {

class Call;

/// One operation of a graph. Its arguments are those of the call that was captured.
struct GraphStep {
  std::string name;
  std::function<void()> run;
};

/// From cudaStreamBeginCapture to cudaStreamEndCapture.
struct Capture {
  std::uint64_t id = 0;
  cudaStreamCaptureMode mode = cudaStreamCaptureModeGlobal;
  int thread = 0;        // that began it
  bool invalid = false;  // by a call that must not be made meanwhile
  std::vector<GraphStep> steps;
};

/// What a function does with a stream: queues work that a graph can hold, or looks at it or waits for it.
enum class Use { queues, watches };

/// The error that a capture makes of a function that uses the stream: of a watched stream that captures, of one whose
/// capture is invalid, and of the legacy default stream while a blocking stream captures. Invalidates what it names.
cudaError_t refused_by_capture(const Call& call, Stream& stream, Use use);
/// The same of a function that concerns a whole device.
cudaError_t refused_by_capture_on(const Call& call, int device);
/// Of a function that a capture cannot see, like cudaMalloc, by the mode of the captures of this thread and others.
cudaError_t refused_as_unsafe(const Call& call);
/// Of a function that uses an event which was last recorded in a capture.
cudaError_t refused_as_captured(const Call& call, const Event& event);
/// Of work that CUDA captures and the fake does not.
cudaError_t refused_as_not_faked(const Call& call, const Stream& stream);

/// Queues the operation on the stream, or notes it down for the graph.
void queue_or_capture(const Call& call, Stream& stream, GraphStep step);

}  // namespace fakecuda
