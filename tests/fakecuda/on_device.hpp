// The least that a test needs to run a kernel of the emulation by the runtime's own functions.
#pragma once

#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "tests/doubles/fakecuda/engine.hpp"
#include "tests/doubles/fakecuda/findings.hpp"
#include "tests/doubles/fakecuda/kernels.hpp"
#include "tests/doubles/fakecuda/runtime.hpp"

namespace fakecuda {

/// Device memory with values of the host.
template <typename T>
class OnDevice {
 public:
  explicit OnDevice(const std::vector<T>& values) : count_(values.size()) {
    EXPECT_EQ(cudaMalloc(&data_, count_ * sizeof(T)), cudaSuccess);
    EXPECT_EQ(cudaMemcpy(data_, values.data(), count_ * sizeof(T), cudaMemcpyHostToDevice), cudaSuccess);
  }
  ~OnDevice() { cudaFree(data_); }
  OnDevice(const OnDevice&) = delete;
  OnDevice& operator=(const OnDevice&) = delete;

  T* data() { return static_cast<T*>(data_); }
  std::vector<T> values() {
    std::vector<T> result(count_);
    EXPECT_EQ(cudaMemcpy(result.data(), data_, count_ * sizeof(T), cudaMemcpyDeviceToHost), cudaSuccess);
    return result;
  }

 private:
  std::size_t count_;
  void* data_ = nullptr;
};

/// Runs a registered body to its end.
template <typename... Arguments>
cudaError_t launch(const std::string& name, dim3 grid, dim3 block, std::size_t dynamic_shared, Arguments... arguments) {
  const KernelBody* body = find_body(name);
  EXPECT_NE(body, nullptr) << name;
  EXPECT_EQ(body->arguments, static_cast<int>(sizeof...(Arguments)));
  lockstep_fakecuda_test_kernel(body, name.c_str(), body);
  void* pointers[] = {&arguments..., nullptr};
  if (const cudaError_t error = cudaLaunchKernel(body, grid, block, pointers, dynamic_shared, nullptr);
      error != cudaSuccess)
    return error;
  return cudaDeviceSynchronize();
}

inline void seed(std::uint64_t value) {
  const Lock lock;
  Runtime::instance().scheduler.random().seed(value);
}

}  // namespace fakecuda
