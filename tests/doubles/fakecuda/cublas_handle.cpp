#include "tests/doubles/fakecuda/cublas_handle.hpp"

#include <memory>
#include <string>
#include <unordered_map>

#include "tests/doubles/fakecuda/device_work.hpp"
#include "tests/doubles/fakecuda/findings.hpp"

using namespace fakecuda;

namespace {

using Contexts = std::unordered_map<const void*, std::unique_ptr<cublasContext>>;

Contexts& contexts() {
  static auto* const all = new Contexts;
  return *all;
}

std::string name_of(const cublasContext& context) {
  return "a cuBLAS handle of device " + std::to_string(context.device);
}

/// Whether the stream is one of the handle's device; reports anything else.
bool may_use_stream(const Call& call, const cublasContext& context, cudaStream_t handle) {
  if (handle == nullptr) return true;
  const Stream* stream = call.runtime.scheduler.find(handle, call.function);
  if (stream == nullptr) return false;
  if (stream->device == context.device) return true;
  report("wrong device", std::string{call.function} + ": " + name_of(context) + " gets " + stream->name);
  return false;
}

}  // namespace

namespace fakecuda {

cublasStatus_t check_handle(const Call& call, cublasHandle_t handle) {
  if (handle == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
  const auto found = contexts().find(handle);
  if (found != contexts().end() && found->second->alive) return CUBLAS_STATUS_SUCCESS;
  if (found == contexts().end())
    report("bad handle", std::string{call.function} + " got a cuBLAS handle that was never made");
  else
    report("use after destroy", std::string{call.function} + " got " + name_of(*handle) + ", which was destroyed");
  return CUBLAS_STATUS_NOT_INITIALIZED;
}

cublasStatus_t check_for_work(const Call& call, cublasHandle_t handle) {
  if (const cublasStatus_t status = check_handle(call, handle); status != CUBLAS_STATUS_SUCCESS) return status;
  if (const int current = this_thread().device; handle->device != current) {
    report("wrong device", std::string{call.function} + " uses " + name_of(*handle) + " while the current device is " +
                               std::to_string(current));
    return CUBLAS_STATUS_EXECUTION_FAILED;
  }
  if (call.runtime.device(handle->device).sticky != cudaSuccess) return CUBLAS_STATUS_EXECUTION_FAILED;
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace fakecuda

extern "C" {

cublasStatus_t cublasCreate_v2(cublasHandle_t* made) {
  Call call{"cublasCreate"};
  if (const cublasStatus_t status = injected(call, CUBLAS_STATUS_NOT_INITIALIZED); status != CUBLAS_STATUS_SUCCESS)
    return status;
  if (made == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  if (call.runtime.devices.empty()) return CUBLAS_STATUS_NOT_INITIALIZED;
  const int device = this_thread().device;
  if (call.runtime.device(device).sticky != cudaSuccess) return CUBLAS_STATUS_NOT_INITIALIZED;
  auto context = std::make_unique<cublasContext>();
  context->device = device;
  *made = context.get();
  call.runtime.handles[context.get()] = name_of(*context);
  contexts()[context.get()] = std::move(context);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) {
  Call call{"cublasDestroy"};
  if (const cublasStatus_t status = injected(call, CUBLAS_STATUS_NOT_INITIALIZED); status != CUBLAS_STATUS_SUCCESS) {
    call.runtime.injection.note_release_failed();
    return status;
  }
  if (const cublasStatus_t status = check_handle(call, handle); status != CUBLAS_STATUS_SUCCESS) return status;
  wait_for_device(call, handle->device);
  handle->alive = false;
  call.runtime.handles.erase(handle);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGetVersion_v2(cublasHandle_t handle, int* version) {
  Call call{"cublasGetVersion"};
  if (const cublasStatus_t status = injected(call, CUBLAS_STATUS_NOT_INITIALIZED); status != CUBLAS_STATUS_SUCCESS)
    return status;
  if (version == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  // The real one needs no handle for this.
  if (handle != nullptr)
    if (const cublasStatus_t status = check_handle(call, handle); status != CUBLAS_STATUS_SUCCESS) return status;
  *version = CUBLAS_VERSION;
  return CUBLAS_STATUS_SUCCESS;
}

/// The real one answers without a handle and without a GPU.
cublasStatus_t cublasGetProperty(libraryPropertyType property, int* value) {
  Call call{"cublasGetProperty"};
  if (const cublasStatus_t status = injected(call, CUBLAS_STATUS_NOT_INITIALIZED); status != CUBLAS_STATUS_SUCCESS)
    return status;
  if (value == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  switch (property) {
    case MAJOR_VERSION:
      *value = CUBLAS_VER_MAJOR;
      return CUBLAS_STATUS_SUCCESS;
    case MINOR_VERSION:
      *value = CUBLAS_VER_MINOR;
      return CUBLAS_STATUS_SUCCESS;
    case PATCH_LEVEL:
      *value = CUBLAS_VER_PATCH;
      return CUBLAS_STATUS_SUCCESS;
  }
  return CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) {
  Call call{"cublasSetStream"};
  if (const cublasStatus_t status = injected(call, CUBLAS_STATUS_NOT_INITIALIZED); status != CUBLAS_STATUS_SUCCESS)
    return status;
  if (const cublasStatus_t status = check_handle(call, handle); status != CUBLAS_STATUS_SUCCESS) return status;
  if (!may_use_stream(call, *handle, stream)) return CUBLAS_STATUS_INVALID_VALUE;
  handle->stream = stream;
  // As documented: the handle goes back to its own workspace.
  handle->workspace = nullptr;
  handle->workspace_bytes = 0;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode) {
  Call call{"cublasSetMathMode"};
  if (const cublasStatus_t status = injected(call, CUBLAS_STATUS_NOT_INITIALIZED); status != CUBLAS_STATUS_SUCCESS)
    return status;
  if (const cublasStatus_t status = check_handle(call, handle); status != CUBLAS_STATUS_SUCCESS) return status;
  const auto base = static_cast<unsigned>(mode) & 0xFU;
  if (base > CUBLAS_TF32_TENSOR_OP_MATH) return CUBLAS_STATUS_INVALID_VALUE;
  handle->math = mode;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void* workspace, std::size_t bytes) {
  Call call{"cublasSetWorkspace"};
  if (const cublasStatus_t status = injected(call, CUBLAS_STATUS_NOT_INITIALIZED); status != CUBLAS_STATUS_SUCCESS)
    return status;
  if (const cublasStatus_t status = check_handle(call, handle); status != CUBLAS_STATUS_SUCCESS) return status;
  if (bytes != 0) {
    const Allocation* memory = call.runtime.memory.holding(workspace, bytes);
    if (memory == nullptr || memory->home != Home::device || memory->device != handle->device) {
      report("bad workspace", name_of(*handle) + " gets a workspace that is not memory of its device");
      return CUBLAS_STATUS_INVALID_VALUE;
    }
  }
  handle->workspace = bytes == 0 ? nullptr : workspace;
  handle->workspace_bytes = bytes;
  return CUBLAS_STATUS_SUCCESS;
}

}  // extern "C"
