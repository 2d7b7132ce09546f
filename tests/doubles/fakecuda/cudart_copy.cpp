// Copies and fills.
#include <cuda_runtime_api.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tests/doubles/fakecuda/capture.hpp"
#include "tests/doubles/fakecuda/cuda_call.hpp"
#include "tests/doubles/fakecuda/findings.hpp"

using namespace fakecuda;

namespace {

/// One side of a copy. Pageable memory is what the fake did not hand out.
struct Side {
  const Allocation* allocation;  // null: pageable

  [[nodiscard]] bool pageable() const { return allocation == nullptr; }
  [[nodiscard]] bool on_device() const { return allocation != nullptr && allocation->home == Home::device; }
  [[nodiscard]] std::string describe() const { return pageable() ? "pageable host memory" : allocation->describe(); }
};

enum class Host { waits, goes_on };

struct Copy {
  void* to;
  const void* from;
  std::size_t bytes;
  cudaMemcpyKind kind;
};

bool direction_fits(cudaMemcpyKind kind, const Side& to, const Side& from) {
  switch (kind) {
    case cudaMemcpyHostToHost:
      return !to.on_device() && !from.on_device();
    case cudaMemcpyHostToDevice:
      return to.on_device() && !from.on_device();
    case cudaMemcpyDeviceToHost:
      return !to.on_device() && from.on_device();
    case cudaMemcpyDeviceToDevice:
      return to.on_device() && from.on_device();
    default:
      return true;
  }
}

/// Whether the bytes lie in living memory; says so when not.
bool inside(Call& call, const Side& side, const void* address, std::size_t bytes, const char* verb) {
  if (side.pageable() || call.runtime.memory.holding(address, bytes) != nullptr) return true;
  const bool alive = side.allocation->alive;
  report(alive ? "out of bounds" : "use after free",
         std::string{call.function} + " " + verb + (alive ? " beyond the end of " : " freed ") + side.describe());
  return false;
}

/// What the copy is called when it races.
std::string name_of(const char* function, const Side& to, const Side& from) {
  return std::string{function} + (from.on_device() ? " from device" : " from host") +
         (to.on_device() ? " to device" : " to host");
}

int device_of(const Side& side, const Stream& stream) {
  return side.on_device() ? side.allocation->device : stream.device;
}

/// Pageable sources are copied aside now, as CUDA does; anything else is read when the copy runs.
std::function<void()> transfer(const Copy& copy, const Side& to, const Side& from, const Stream& stream) {
  const int writer = device_of(to, stream);
  if (from.pageable()) {
    const auto* bytes = static_cast<const char*>(copy.from);
    auto aside = std::make_shared<std::vector<char>>(bytes, bytes + copy.bytes);
    return [copy, aside, writer] {
      access_from(writer, copy.to, copy.bytes, Access::write);
      std::memcpy(copy.to, aside->data(), copy.bytes);
    };
  }
  return [copy, writer, reader = device_of(from, stream)] {
    access_from(reader, copy.from, copy.bytes, Access::read);
    access_from(writer, copy.to, copy.bytes, Access::write);
    std::memmove(copy.to, copy.from, copy.bytes);
  };
}

cudaError_t queue_copy(Call& call, const Copy& copy, Stream* stream, Host host) {
  if (stream == nullptr) return cudaErrorInvalidResourceHandle;
  if (copy.kind < cudaMemcpyHostToHost || copy.kind > cudaMemcpyDefault) return cudaErrorInvalidMemcpyDirection;
  if (copy.bytes == 0) return cudaSuccess;
  const Side to{call.runtime.memory.find(copy.to)};
  const Side from{call.runtime.memory.find(copy.from)};
  if (!direction_fits(copy.kind, to, from)) {
    report("copy direction", std::string{call.function} + " from " + from.describe() + " to " + to.describe() +
                                 " has the wrong cudaMemcpyKind");
    return cudaErrorInvalidValue;
  }
  if (!inside(call, to, copy.to, copy.bytes, "writes") || !inside(call, from, copy.from, copy.bytes, "reads"))
    return cudaErrorInvalidValue;
  // Pageable memory is none that a graph could come back to.
  const Use use = to.pageable() || from.pageable() ? Use::watches : Use::queues;
  if (const cudaError_t refused = refused_by_capture(call, *stream, use); refused != cudaSuccess) return refused;
  Scheduler& scheduler = call.runtime.scheduler;
  queue_or_capture(call, *stream, {name_of(call.function, to, from), transfer(copy, to, from, *stream)});
  // A pageable destination makes any copy wait; between devices not even cudaMemcpy does.
  const bool between_devices = to.on_device() && from.on_device();
  if (to.pageable() || (host == Host::waits && !between_devices))
    scheduler.wait(call.lock, std::string{call.function} + " on " + stream->name, {scheduler.last_point(*stream)});
  return state_of(call, stream->device);
}

cudaError_t queue_fill(Call& call, void* to, int value, std::size_t bytes, Stream* stream, Host host) {
  if (stream == nullptr) return cudaErrorInvalidResourceHandle;
  if (bytes == 0) return cudaSuccess;
  const Side side{call.runtime.memory.find(to)};
  if (side.pageable()) {
    report("bad pointer", std::string{call.function} + " of memory that no device can reach");
    return cudaErrorInvalidValue;
  }
  if (!inside(call, side, to, bytes, "writes")) return cudaErrorInvalidValue;
  const bool poison = (value & 0xFF) == 0xFF;  // a NaN in every element: how memory is marked as holding nothing
  if (const cudaError_t refused = refused_by_capture(call, *stream, Use::queues); refused != cudaSuccess)
    return refused;
  queue_or_capture(call, *stream, {call.function, [=] {
                                     if (poison)
                                       access_poison(to, bytes);
                                     else
                                       access(to, bytes, Access::write);
                                     std::memset(to, value, bytes);
                                   }});
  Scheduler& scheduler = call.runtime.scheduler;
  if (host == Host::waits && !side.on_device())
    scheduler.wait(call.lock, std::string{call.function} + " on " + stream->name, {scheduler.last_point(*stream)});
  return state_of(call, stream->device);
}

}  // namespace

extern "C" {

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  return cuda_call("cudaMemcpy", cudaErrorInvalidValue, [&](Call& call) {
    return queue_copy(call, {to, from, bytes, kind}, current_device(call.runtime).default_stream, Host::waits);
  });
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  return cuda_call("cudaMemcpyAsync", cudaErrorInvalidValue, [&](Call& call) {
    return queue_copy(call, {to, from, bytes, kind}, call.runtime.scheduler.find(stream, call.function), Host::goes_on);
  });
}

cudaError_t cudaMemcpyPeerAsync(void* to, int to_device, const void* from, int from_device, std::size_t bytes,
                                cudaStream_t stream) {
  return cuda_call("cudaMemcpyPeerAsync", cudaErrorInvalidValue, [&](Call& call) {
    const Side sides[] = {{call.runtime.memory.find(to)}, {call.runtime.memory.find(from)}};
    const int devices[] = {to_device, from_device};
    for (int i = 0; i < 2 && bytes != 0; ++i) {
      if (sides[i].on_device() && sides[i].allocation->device == devices[i]) continue;
      report("wrong device", std::string{call.function} + " names device " + std::to_string(devices[i]) + " for " +
                                 sides[i].describe());
      return cudaErrorInvalidValue;
    }
    Stream* queue = call.runtime.scheduler.find(stream, call.function);
    return queue_copy(call, {to, from, bytes, cudaMemcpyDeviceToDevice}, queue, Host::goes_on);
  });
}

cudaError_t cudaMemset(void* to, int value, std::size_t bytes) {
  return cuda_call("cudaMemset", cudaErrorInvalidValue, [&](Call& call) {
    return queue_fill(call, to, value, bytes, current_device(call.runtime).default_stream, Host::waits);
  });
}

cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  return cuda_call("cudaMemsetAsync", cudaErrorInvalidValue, [&](Call& call) {
    return queue_fill(call, to, value, bytes, call.runtime.scheduler.find(stream, call.function), Host::goes_on);
  });
}
}
