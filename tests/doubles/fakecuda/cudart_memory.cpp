// Memory: made, freed, asked about.
#include <cuda_runtime_api.h>

#include <string>

#include "tests/doubles/fakecuda/capture.hpp"
#include "tests/doubles/fakecuda/cuda_call.hpp"
#include "tests/doubles/fakecuda/device_work.hpp"
#include "tests/doubles/fakecuda/findings.hpp"

using namespace fakecuda;

namespace {

bool fits(const Runtime& runtime, const Device& device, std::size_t bytes) {
  return bytes <= runtime.settings.memory && Memory::rounded(bytes) <= runtime.settings.memory - device.used;
}

/// Null when the device is full.
Allocation* take_from_device(Runtime& runtime, int index, std::size_t bytes) {
  Device& device = runtime.device(index);
  if (!fits(runtime, device, bytes)) return nullptr;
  device.used += Memory::rounded(bytes);
  return &runtime.memory.allocate(bytes, Home::device, index);
}

cudaError_t allocate_pinned(const char* function, void** pointer, std::size_t bytes) {
  return cuda_call(function, cudaErrorMemoryAllocation, [&](Call& call) {
    if (pointer == nullptr) return cudaErrorInvalidValue;
    if (const cudaError_t refused = refused_as_unsafe(call); refused != cudaSuccess) return refused;
    *pointer = bytes == 0 ? nullptr : call.runtime.memory.allocate(bytes, Home::pinned, this_thread().device).start;
    return cudaSuccess;
  });
}

/// The allocation that a pointer is the start of, to be freed as `home`; reports and returns null for anything else.
Allocation* to_free(const Call& call, void* pointer, Home home) {
  Allocation* found = call.runtime.memory.find(pointer);
  const std::string function = call.function;
  if (found == nullptr || pointer != found->start)
    report("bad free", function + " got a pointer that no allocation starts at");
  else if (!found->alive || found->freeing)
    report("double free", function + " of " + found->describe());
  else if (found->home != home)
    report("bad free", function + " of " + found->describe());
  else
    return found;
  return nullptr;
}

}  // namespace

extern "C" {

cudaError_t cudaMalloc(void** pointer, std::size_t bytes) {
  return cuda_call("cudaMalloc", cudaErrorMemoryAllocation, [&](Call& call) {
    if (pointer == nullptr) return cudaErrorInvalidValue;
    *pointer = nullptr;
    if (const cudaError_t refused = refused_as_unsafe(call); refused != cudaSuccess) return refused;
    if (bytes == 0) return cudaSuccess;
    const Allocation* made = take_from_device(call.runtime, this_thread().device, bytes);
    if (made == nullptr) return cudaErrorMemoryAllocation;
    *pointer = made->start;
    return cudaSuccess;
  });
}

cudaError_t cudaFree(void* pointer) {
  return cuda_release("cudaFree", [&](Call& call) {
    if (pointer == nullptr) return cudaSuccess;
    if (const cudaError_t refused = refused_as_unsafe(call); refused != cudaSuccess) return refused;
    Allocation* found = to_free(call, pointer, Home::device);
    if (found == nullptr) return cudaErrorInvalidValue;
    wait_for_device(call, found->device);
    release(call.runtime, *found);
    return state_of(call, found->device);
  });
}

cudaError_t cudaMallocAsync(void** pointer, std::size_t bytes, cudaStream_t handle) {
  return cuda_call("cudaMallocAsync", cudaErrorMemoryAllocation, [&](Call& call) {
    Stream* stream = call.runtime.scheduler.find(handle, call.function);
    if (pointer == nullptr || stream == nullptr) return cudaErrorInvalidValue;
    *pointer = nullptr;
    if (const cudaError_t refused = refused_as_not_faked(call, *stream); refused != cudaSuccess) return refused;
    if (bytes == 0) return cudaSuccess;
    Allocation* made = take_from_device(call.runtime, stream->device, bytes);
    if (made == nullptr) {  // perhaps what is queued gives some back
      wait_for_device(call, stream->device);
      made = take_from_device(call.runtime, stream->device, bytes);
    }
    if (made == nullptr) return cudaErrorMemoryAllocation;
    *pointer = made->start;
    // As if the stream wrote all of it: whoever uses it without being ordered after this races.
    call.runtime.scheduler.enqueue(*stream, {"cudaMallocAsync", [made] { access_poison(made->start, made->bytes); }});
    return cudaSuccess;
  });
}

cudaError_t cudaFreeAsync(void* pointer, cudaStream_t handle) {
  return cuda_release("cudaFreeAsync", [&](Call& call) {
    Stream* stream = call.runtime.scheduler.find(handle, call.function);
    if (stream == nullptr) return cudaErrorInvalidResourceHandle;
    if (const cudaError_t refused = refused_as_not_faked(call, *stream); refused != cudaSuccess) return refused;
    if (pointer == nullptr) return cudaSuccess;
    Allocation* found = to_free(call, pointer, Home::device);
    if (found == nullptr) return cudaErrorInvalidValue;
    found->freeing = true;
    call.runtime.scheduler.enqueue(*stream, {"cudaFreeAsync", [found, &runtime = call.runtime] {
                                               access_from(found->device, found->start, found->bytes, Access::write);
                                               release(runtime, *found);
                                             }});
    return cudaSuccess;
  });
}

cudaError_t cudaMallocHost(void** pointer, std::size_t bytes) {
  return allocate_pinned("cudaMallocHost", pointer, bytes);
}

cudaError_t cudaHostAlloc(void** pointer, std::size_t bytes, unsigned int /*flags*/) {
  return allocate_pinned("cudaHostAlloc", pointer, bytes);
}

cudaError_t cudaFreeHost(void* pointer) {
  return cuda_release("cudaFreeHost", [&](Call& call) {
    if (pointer == nullptr) return cudaSuccess;
    if (const cudaError_t refused = refused_as_unsafe(call); refused != cudaSuccess) return refused;
    Allocation* found = to_free(call, pointer, Home::pinned);
    if (found == nullptr) return cudaErrorInvalidValue;
    for (const Device& device : call.runtime.devices) wait_for_device(call, device.index);
    release(call.runtime, *found);
    return cudaSuccess;
  });
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  return cuda_call("cudaMemGetInfo", cudaErrorUnknown, [&](Call& call) {
    *total = call.runtime.settings.memory;
    *free = *total - current_device(call.runtime).used;
    return cudaSuccess;
  });
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* pointer) {
  return cuda_call("cudaPointerGetAttributes", cudaErrorInvalidValue, [&](Call& call) {
    *attributes = {};
    attributes->device = -2;  // what CUDA says of memory that it does not know
    attributes->type = cudaMemoryTypeUnregistered;
    const Allocation* found = call.runtime.memory.holding(pointer, 1);
    if (found == nullptr) return cudaSuccess;
    attributes->device = found->device;
    attributes->type = found->home == Home::pinned ? cudaMemoryTypeHost : cudaMemoryTypeDevice;
    attributes->devicePointer = const_cast<void*>(pointer);
    attributes->hostPointer = found->home == Home::pinned ? const_cast<void*>(pointer) : nullptr;
    return cudaSuccess;
  });
}
}
