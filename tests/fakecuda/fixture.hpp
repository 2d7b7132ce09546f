// What the tests of the fake's semantics share.
#pragma once

#include <cuda_runtime_api.h>
#include <gmock/gmock.h>
#include <nccl.h>

#include <cstddef>
#include <vector>

#include "tests/doubles/fakecuda/findings.hpp"

namespace fakecuda_tests {

/// Each test says how many findings it provokes; the process would end with 77 for any other.
class FakeCuda : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(cudaSetDevice(0), cudaSuccess); }
  void TearDown() override {
    cudaGetLastError();
    EXPECT_EQ(fakecuda::findings(), 0) << "not expected";
    fakecuda::clear_findings();
  }

  static void expect_finding() {
    EXPECT_GT(fakecuda::findings(), 0);
    fakecuda::clear_findings();
  }
};

inline float* device_memory(std::size_t elements) {
  void* memory = nullptr;
  EXPECT_EQ(cudaMalloc(&memory, elements * sizeof(float)), cudaSuccess);
  return static_cast<float*>(memory);
}

inline float* pinned_memory(std::size_t elements) {
  void* memory = nullptr;
  EXPECT_EQ(cudaMallocHost(&memory, elements * sizeof(float)), cudaSuccess);
  return static_cast<float*>(memory);
}

inline cudaStream_t make_stream(unsigned flags = cudaStreamNonBlocking) {
  cudaStream_t stream = nullptr;
  EXPECT_EQ(cudaStreamCreateWithFlags(&stream, flags), cudaSuccess);
  return stream;
}

inline cudaEvent_t make_event(unsigned flags = cudaEventDefault) {
  cudaEvent_t event = nullptr;
  EXPECT_EQ(cudaEventCreateWithFlags(&event, flags), cudaSuccess);
  return event;
}

inline void upload(float* device, const std::vector<float>& values) {
  EXPECT_EQ(cudaMemcpy(device, values.data(), values.size() * sizeof(float), cudaMemcpyHostToDevice), cudaSuccess);
}

inline std::vector<float> download(const float* device, std::size_t elements) {
  std::vector<float> values(elements);
  EXPECT_EQ(cudaMemcpy(values.data(), device, elements * sizeof(float), cudaMemcpyDeviceToHost), cudaSuccess);
  return values;
}

}  // namespace fakecuda_tests
