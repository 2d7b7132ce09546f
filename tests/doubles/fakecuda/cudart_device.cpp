// Devices: which there are, which one a thread uses, what they are like.
#include <cuda_runtime_api.h>

#include <cstdio>
#include <cstring>

#include "tests/doubles/fakecuda/capture.hpp"
#include "tests/doubles/fakecuda/cuda_call.hpp"
#include "tests/doubles/fakecuda/device_facts.hpp"
#include "tests/doubles/fakecuda/device_work.hpp"
#include "tests/doubles/fakecuda/findings.hpp"

using namespace fakecuda;

namespace {

bool is_device(const Call& call, int device) { return device >= 0 && device < call.runtime.settings.devices; }

/// For calls that need no context: injected errors only.
template <typename Body>
cudaError_t plain_call(const char* function, Body&& body) {
  Call call{function};
  if (const int code = call.failure(cudaErrorUnknown); code != 0) return answer(static_cast<cudaError_t>(code));
  return answer(body(call));
}

}  // namespace

extern "C" {

cudaError_t cudaGetDeviceCount(int* count) {
  return plain_call("cudaGetDeviceCount", [&](Call& call) {
    *count = call.runtime.settings.devices;
    return *count == 0 ? cudaErrorNoDevice : cudaSuccess;
  });
}

cudaError_t cudaSetDevice(int device) {
  return plain_call("cudaSetDevice", [&](Call& call) {
    if (!is_device(call, device)) return cudaErrorInvalidDevice;
    this_thread().device = device;
    return call.runtime.device(device).sticky;
  });
}

cudaError_t cudaGetDevice(int* device) {
  return plain_call("cudaGetDevice", [&](Call& call) {
    *device = this_thread().device;
    return call.runtime.devices.empty() ? cudaErrorNoDevice : cudaSuccess;
  });
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  return plain_call("cudaGetDeviceProperties", [&](Call& call) {
    if (!is_device(call, device)) return cudaErrorInvalidDevice;
    *properties = properties_of(device, call.runtime.settings.memory);
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  return plain_call("cudaDeviceGetAttribute", [&](Call& call) {
    if (!is_device(call, device)) return cudaErrorInvalidDevice;
    if (attribute_of(device, attribute, *value)) return cudaSuccess;
    report("not faked", "cudaDeviceGetAttribute of attribute " + std::to_string(attribute));
    return cudaErrorNotSupported;
  });
}

cudaError_t cudaDeviceGetPCIBusId(char* id, int bytes, int device) {
  return plain_call("cudaDeviceGetPCIBusId", [&](Call& call) {
    if (!is_device(call, device)) return cudaErrorInvalidDevice;
    if (bytes < 13) return cudaErrorInvalidValue;
    std::snprintf(id, static_cast<std::size_t>(bytes), "%04x:%02x:00.0", 0, static_cast<unsigned>(device + 1) & 0xFFU);
    return cudaSuccess;
  });
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  return plain_call("cudaRuntimeGetVersion", [&](Call&) {
    *version = CUDART_VERSION;
    return cudaSuccess;
  });
}

cudaError_t cudaDriverGetVersion(int* version) {
  return plain_call("cudaDriverGetVersion", [&](Call&) {
    *version = CUDART_VERSION;
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceCanAccessPeer(int* can, int device, int peer) {
  return plain_call("cudaDeviceCanAccessPeer", [&](Call& call) {
    if (!is_device(call, device) || !is_device(call, peer)) return cudaErrorInvalidDevice;
    *can = device != peer ? 1 : 0;
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceEnablePeerAccess(int peer, unsigned int flags) {
  return cuda_call("cudaDeviceEnablePeerAccess", cudaErrorUnknown, [&](Call& call) {
    if (!is_device(call, peer) || peer == this_thread().device) return cudaErrorInvalidDevice;
    if (flags != 0) return cudaErrorInvalidValue;
    const bool is_new = current_device(call.runtime).peers.insert(peer).second;
    return is_new ? cudaSuccess : cudaErrorPeerAccessAlreadyEnabled;
  });
}

cudaError_t cudaDeviceSynchronize() {
  return cuda_call("cudaDeviceSynchronize", cudaErrorUnknown, [&](Call& call) {
    const int device = this_thread().device;
    if (const cudaError_t refused = refused_by_capture_on(call, device); refused != cudaSuccess) return refused;
    wait_for_device(call, device);
    return state_of(call, device);
  });
}

cudaError_t cudaDeviceReset() {
  return cuda_release("cudaDeviceReset", [&](Call& call) {
    const int device = this_thread().device;
    wait_for_device(call, device);
    release_everything_of(call.runtime, device);
    return state_of(call, device);
  });
}
}
