// What the functions of cudart have in common.
#pragma once

#include <driver_types.h>

#include <utility>

#include "tests/doubles/fakecuda/calls.hpp"

namespace fakecuda {

/// Whether an error stays: every later call on the device fails with it too.
constexpr bool is_sticky(cudaError_t error) {
  return error == cudaErrorIllegalAddress || error == cudaErrorLaunchFailure || error == cudaErrorAssert ||
         error == cudaErrorLaunchTimeout || error == cudaErrorHardwareStackError ||
         error == cudaErrorIllegalInstruction || error == cudaErrorMisalignedAddress ||
         error == cudaErrorInvalidAddressSpace || error == cudaErrorInvalidPc || error == cudaErrorECCUncorrectable;
}

inline Device& current_device(Runtime& runtime) { return runtime.device(this_thread().device); }

/// The error that the call has to fail with before it does anything, or success: an injected one, one that the current
/// device keeps, or that there is no device.
inline cudaError_t refusal(const Call& call, cudaError_t usual) {
  Runtime& runtime = call.runtime;
  if (runtime.devices.empty()) return cudaErrorNoDevice;
  if (const int code = call.failure(usual); code != 0) {
    const auto error = static_cast<cudaError_t>(code);
    if (is_sticky(error)) current_device(runtime).sticky = error;
    return error;
  }
  return current_device(runtime).sticky;
}

/// One call of cudart that uses the current device: `body(call)` returns its code, which is kept for cudaGetLastError.
/// `usual` is what it fails with when the injection names no code.
template <typename Body>
cudaError_t cuda_call(const char* function, cudaError_t usual, Body&& body) {
  Call call{function};
  const cudaError_t refused = refusal(call, usual);
  return answer(refused != cudaSuccess ? refused : std::forward<Body>(body)(call));
}

/// One that gives something back: when it fails, nobody can be blamed for what stays.
template <typename Body>
cudaError_t cuda_release(const char* function, Body&& body) {
  Call call{function};
  const cudaError_t refused = refusal(call, cudaErrorUnknown);
  if (refused == cudaSuccess) return answer(std::forward<Body>(body)(call));
  call.runtime.injection.note_release_failed();
  return answer(refused);
}

/// After a wait: the error that the device came to meanwhile.
inline cudaError_t state_of(Call& call, int device) { return call.runtime.device(device).sticky; }

/// The living event of a handle; reports anything else and returns null.
Event* find_event(const Call& call, cudaEvent_t handle);

}  // namespace fakecuda
