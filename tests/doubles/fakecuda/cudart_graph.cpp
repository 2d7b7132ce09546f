// Captures of streams, and graphs.
#include <cuda_runtime_api.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "tests/doubles/fakecuda/capture.hpp"
#include "tests/doubles/fakecuda/cuda_call.hpp"
#include "tests/doubles/fakecuda/findings.hpp"

using namespace fakecuda;

namespace {

/// What a cudaGraph_t or a cudaGraphExec_t points to.
struct Graph {
  int device = 0;
  bool alive = true;
  std::vector<GraphStep> steps;
  Point last = {};  // of the latest launch: the next one waits for it, on whatever stream
};

/// All that were ever made, so that a stale handle is recognised.
struct Kind {
  const char* name;
  std::unordered_map<const void*, std::unique_ptr<Graph>> made = {};
};

Kind& graphs() {
  static auto* const all = new Kind{"graph"};
  return *all;
}

Kind& executables() {
  static auto* const all = new Kind{"executable graph"};
  return *all;
}

std::string describe(const Kind& kind, const Graph& graph) {
  return std::string{kind.name} + " of " + std::to_string(graph.steps.size()) + " operations";
}

template <typename Handle>
Handle keep(Runtime& runtime, Kind& kind, std::unique_ptr<Graph> graph) {
  const void* handle = graph.get();
  runtime.handles[handle] = describe(kind, *graph);
  return reinterpret_cast<Handle>(kind.made.emplace(handle, std::move(graph)).first->second.get());
}

/// The living graph of a handle; reports anything else and returns null.
Graph* find(const Call& call, const Kind& kind, const void* handle) {
  const auto found = kind.made.find(handle);
  if (found == kind.made.end())
    report("bad handle", std::string{call.function} + " got a handle of no " + kind.name);
  else if (!found->second->alive)
    report("use after destroy", std::string{call.function} + " got a destroyed " + describe(kind, *found->second));
  else
    return found->second.get();
  return nullptr;
}

/// What was launched goes on: it holds its own steps.
cudaError_t destroy(const char* function, Kind& kind, const void* handle) {
  return cuda_release(function, [&](Call& call) {
    Graph* graph = find(call, kind, handle);
    if (graph == nullptr) return cudaErrorInvalidValue;
    graph->alive = false;
    graph->steps.clear();
    call.runtime.handles.erase(handle);
    return cudaSuccess;
  });
}

cudaError_t instantiate(const char* function, cudaGraphExec_t* made, cudaGraph_t handle, unsigned long long flags) {
  return cuda_call(function, cudaErrorMemoryAllocation, [&](Call& call) {
    if (made == nullptr || handle == nullptr) return cudaErrorInvalidValue;
    *made = nullptr;
    if (flags != 0) {
      report("not faked", std::string{function} + " with flags");
      return cudaErrorNotSupported;
    }
    const Graph* graph = find(call, graphs(), handle);
    if (graph == nullptr) return cudaErrorInvalidValue;
    *made = keep<cudaGraphExec_t>(call.runtime, executables(),
                                  std::make_unique<Graph>(Graph{.device = graph->device, .steps = graph->steps}));
    return cudaSuccess;
  });
}

cudaStreamCaptureStatus status_of(const Stream& stream) {
  if (stream.capture == nullptr) return cudaStreamCaptureStatusNone;
  return stream.capture->invalid ? cudaStreamCaptureStatusInvalidated : cudaStreamCaptureStatusActive;
}

/// The steps one after another, the first one behind the launch before.
void queue_steps(Scheduler& scheduler, Stream& stream, Graph& graph) {
  std::vector<Point> after;
  if (graph.last != nullptr) after.push_back(graph.last);
  for (const GraphStep& step : graph.steps) {
    scheduler.enqueue(stream, {.name = step.name + " of a graph", .run = step.run, .after = std::move(after)});
    after.clear();
  }
  graph.last = scheduler.last_point(stream);
}

}  // namespace

extern "C" {

cudaError_t cudaStreamBeginCapture(cudaStream_t handle, cudaStreamCaptureMode mode) {
  return cuda_call("cudaStreamBeginCapture", cudaErrorUnknown, [&](Call& call) {
    Stream* stream = call.runtime.scheduler.find(handle, call.function);
    if (stream == nullptr) return cudaErrorInvalidResourceHandle;
    if (mode < cudaStreamCaptureModeGlobal || mode > cudaStreamCaptureModeRelaxed) return cudaErrorInvalidValue;
    if (stream->legacy) return cudaErrorStreamCaptureUnsupported;
    if (stream->capture != nullptr) return cudaErrorIllegalState;
    static std::uint64_t captures = 0;
    stream->capture =
        std::make_shared<Capture>(Capture{.id = ++captures, .mode = mode, .thread = this_thread().number, .steps = {}});
    return cudaSuccess;
  });
}

cudaError_t cudaStreamEndCapture(cudaStream_t handle, cudaGraph_t* made) {
  return cuda_call("cudaStreamEndCapture", cudaErrorUnknown, [&](Call& call) {
    Stream* stream = call.runtime.scheduler.find(handle, call.function);
    if (stream == nullptr) return cudaErrorInvalidResourceHandle;
    if (made == nullptr) return cudaErrorInvalidValue;
    *made = nullptr;
    if (stream->capture == nullptr) return cudaErrorIllegalState;
    if (stream->capture->mode != cudaStreamCaptureModeRelaxed && stream->capture->thread != this_thread().number)
      return cudaErrorStreamCaptureWrongThread;
    const std::shared_ptr<Capture> capture = std::exchange(stream->capture, nullptr);
    if (capture->invalid) return cudaErrorStreamCaptureInvalidated;
    *made =
        keep<cudaGraph_t>(call.runtime, graphs(),
                          std::make_unique<Graph>(Graph{.device = stream->device, .steps = std::move(capture->steps)}));
    return cudaSuccess;
  });
}

cudaError_t cudaStreamIsCapturing(cudaStream_t handle, cudaStreamCaptureStatus* status) {
  return cuda_call("cudaStreamIsCapturing", cudaErrorUnknown, [&](Call& call) {
    const Stream* stream = call.runtime.scheduler.find(handle, call.function);
    if (stream == nullptr) return cudaErrorInvalidResourceHandle;
    if (status == nullptr) return cudaErrorInvalidValue;
    *status = status_of(*stream);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamGetCaptureInfo(cudaStream_t handle, cudaStreamCaptureStatus* status, unsigned long long* id,
                                     cudaGraph_t* graph, const cudaGraphNode_t** dependencies,
                                     const cudaGraphEdgeData** edges, std::size_t* count) {
  return cuda_call("cudaStreamGetCaptureInfo", cudaErrorUnknown, [&](Call& call) {
    const Stream* stream = call.runtime.scheduler.find(handle, call.function);
    if (stream == nullptr) return cudaErrorInvalidResourceHandle;
    if (status == nullptr) return cudaErrorInvalidValue;
    if (graph != nullptr || dependencies != nullptr || edges != nullptr || count != nullptr) {
      report("not faked", "cudaStreamGetCaptureInfo of more than status and number");
      return cudaErrorNotSupported;
    }
    *status = status_of(*stream);
    if (id != nullptr && *status == cudaStreamCaptureStatusActive) *id = stream->capture->id;
    return cudaSuccess;
  });
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* made, cudaGraph_t graph, unsigned long long flags) {
  return instantiate("cudaGraphInstantiate", made, graph, flags);
}

cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t* made, cudaGraph_t graph, unsigned long long flags) {
  return instantiate("cudaGraphInstantiateWithFlags", made, graph, flags);
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t handle, cudaStream_t stream_handle) {
  return cuda_call("cudaGraphLaunch", cudaErrorUnknown, [&](Call& call) {
    Stream* stream = call.runtime.scheduler.find(stream_handle, call.function);
    if (stream == nullptr) return cudaErrorInvalidResourceHandle;
    if (handle == nullptr) return cudaErrorInvalidValue;
    Graph* graph = find(call, executables(), handle);
    if (graph == nullptr) return cudaErrorInvalidValue;
    if (const cudaError_t refused = refused_as_not_faked(call, *stream); refused != cudaSuccess) return refused;
    if (const cudaError_t refused = refused_by_capture(call, *stream, Use::queues); refused != cudaSuccess)
      return refused;
    if (graph->device != stream->device) {
      report("wrong device", "cudaGraphLaunch on " + stream->name + " of a graph that was captured on device " +
                                 std::to_string(graph->device));
      return cudaErrorInvalidValue;
    }
    queue_steps(call.runtime.scheduler, *stream, *graph);
    return cudaSuccess;
  });
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t handle) {
  return destroy("cudaGraphExecDestroy", executables(), handle);
}

cudaError_t cudaGraphDestroy(cudaGraph_t handle) { return destroy("cudaGraphDestroy", graphs(), handle); }
}
