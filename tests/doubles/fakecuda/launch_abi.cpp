// What the code that nvcc 13 makes of __global__ functions and <<<>>> calls.
//
// Registration happens before main and makes no runtime, so that a process may still fork.
#include <cuda_runtime_api.h>
#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "tests/doubles/fakecuda/cuda_call.hpp"
#include "tests/doubles/fakecuda/device_facts.hpp"
#include "tests/doubles/fakecuda/findings.hpp"
#include "tests/doubles/fakecuda/kernels.hpp"
#include "tests/doubles/fakecuda/launch.hpp"

// NVIDIA declares these in headers that only its own compiler can read in full; the signatures are theirs.
extern "C" {
void** __cudaRegisterFatBinary(void* binary);
void __cudaRegisterFatBinaryEnd(void** handle);
void __cudaUnregisterFatBinary(void** handle);
char __cudaInitModule(void** handle);
void __cudaRegisterFunction(void** handle, const char* host_function, char* device_function, const char* device_name,
                            int thread_limit, uint3* thread, uint3* block, dim3* block_size, dim3* grid_size,
                            int* warp_size);
void __cudaRegisterVar(void** handle, char* host_variable, char* device_address, const char* device_name, int external,
                       std::size_t bytes, int constant, int global);
unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, std::size_t shared, CUstream_st* stream);
cudaError_t __cudaPopCallConfiguration(dim3* grid, dim3* block, std::size_t* shared, void* stream);
cudaError_t __cudaGetKernel(cudaKernel_t* kernel, const void* host_function);
cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block, void** arguments, std::size_t shared,
                               cudaStream_t stream);
}

using namespace fakecuda;

namespace {

struct Configuration {
  dim3 grid;
  dim3 block;
  std::size_t shared;
  CUstream_st* stream;
};

std::vector<Configuration>& configurations() {
  thread_local std::vector<Configuration> pushed;
  return pushed;
}

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text{abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free};
  return status == 0 ? text.get() : name;
}

}  // namespace

extern "C" {

void** __cudaRegisterFatBinary(void* /*binary*/) {
  static void* handle = nullptr;
  return &handle;
}
void __cudaRegisterFatBinaryEnd(void** /*handle*/) {}
void __cudaUnregisterFatBinary(void** /*handle*/) {}
char __cudaInitModule(void** /*handle*/) { return 1; }

void __cudaRegisterFunction(void** /*handle*/, const char* host_function, char* /*device_function*/,
                            const char* device_name, int /*thread_limit*/, uint3* /*thread*/, uint3* /*block*/,
                            dim3* /*block_size*/, dim3* /*grid_size*/, int* /*warp_size*/) {
  const Lock lock;
  register_kernel(host_function, plain_kernel_name(demangled(device_name)), nullptr);
}

void __cudaRegisterVar(void** /*handle*/, char* /*host_variable*/, char* /*device_address*/, const char* device_name,
                       int /*external*/, std::size_t /*bytes*/, int /*constant*/, int /*global*/) {
  report("not faked", std::string{"the device variable "} + device_name);
}

unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, std::size_t shared, CUstream_st* stream) {
  configurations().push_back({grid, block, shared, stream});
  return 0;
}

cudaError_t __cudaPopCallConfiguration(dim3* grid, dim3* block, std::size_t* shared, void* stream) {
  const Configuration last = configurations().back();
  configurations().pop_back();
  *grid = last.grid;
  *block = last.block;
  *shared = last.shared;
  *static_cast<CUstream_st**>(stream) = last.stream;
  return cudaSuccess;
}

cudaError_t __cudaGetKernel(cudaKernel_t* kernel, const void* host_function) {
  *kernel = reinterpret_cast<cudaKernel_t>(const_cast<void*>(host_function));
  return cudaSuccess;
}

// The stub of <<<>>> drops the code, so somebody has to ask for it.
cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block, void** arguments, std::size_t shared,
                               cudaStream_t stream) {
  const cudaError_t error = cudaLaunchKernel(kernel, grid, block, arguments, shared, stream);
  if (error == cudaSuccess) return error;
  const Lock lock;
  const RegisteredKernel* known = find_kernel(kernel);
  this_thread().unchecked_launch = known != nullptr ? known->name.c_str() : "unknown";
  return error;
}

cudaError_t cudaLaunchKernel(const void* function, dim3 grid, dim3 block, void** arguments, std::size_t shared,
                             cudaStream_t stream) {
  return cuda_call("cudaLaunchKernel", cudaErrorLaunchOutOfResources, [&](Call& call) {
    return queue_launch(call, {function, grid, block, arguments, shared, stream});
  });
}

cudaError_t cudaFuncSetAttribute(const void* function, cudaFuncAttribute attribute, int value) {
  return cuda_call("cudaFuncSetAttribute", cudaErrorInvalidValue, [&](Call& call) {
    RegisteredKernel* kernel = find_kernel(function);
    if (kernel == nullptr) return cudaErrorInvalidDeviceFunction;
    if (attribute == cudaFuncAttributePreferredSharedMemoryCarveout) return cudaSuccess;
    if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize) {
      report("not faked", std::string{call.function} + " of attribute " + std::to_string(attribute));
      return cudaErrorNotSupported;
    }
    if (value < 0 || static_cast<std::size_t>(value) > shared_bytes_per_block_at_most) return cudaErrorInvalidValue;
    kernel->dynamic_shared_at_most = static_cast<std::size_t>(value);
    return cudaSuccess;
  });
}
}
