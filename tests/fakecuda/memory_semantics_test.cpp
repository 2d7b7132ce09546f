#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "tests/fakecuda/fixture.hpp"

namespace fakecuda_tests {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

class MemorySemantics : public FakeCuda {};

constexpr std::size_t all_of_it = std::size_t{1} << 20;

// Before the first call makes the devices.
const bool small_devices = setenv("FAKECUDA_MEMORY", std::to_string(all_of_it).c_str(), 1) == 0;

TEST_F(MemorySemantics, NewMemoryIsAlignedAndFullOfNaNs) {
  float* memory = device_memory(3);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % 256, 0U);
  EXPECT_TRUE(std::isnan(download(memory, 1)[0]));
  expect_finding();  // nothing has written what was read
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
}

TEST_F(MemorySemantics, NoBytesAreNoPointerAndNoError) {
  void* memory = &memory;
  EXPECT_EQ(cudaMalloc(&memory, 0), cudaSuccess);
  EXPECT_EQ(memory, nullptr);
  EXPECT_EQ(cudaFree(nullptr), cudaSuccess);
}

TEST_F(MemorySemantics, ADeviceHasItsBytesAndNoMore) {
  std::size_t free = 0;
  std::size_t total = 0;
  EXPECT_EQ(cudaMemGetInfo(&free, &total), cudaSuccess);
  EXPECT_EQ(free, total);
  void* memory = nullptr;
  EXPECT_EQ(cudaMalloc(&memory, all_of_it + 1), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaGetLastError(), cudaErrorMemoryAllocation);
  void* some = nullptr;
  EXPECT_EQ(cudaMalloc(&some, 1000), cudaSuccess);
  EXPECT_EQ(cudaMemGetInfo(&free, &total), cudaSuccess);
  EXPECT_EQ(total - free, 1024U);
  EXPECT_EQ(cudaFree(some), cudaSuccess);
  EXPECT_EQ(cudaMemGetInfo(&free, &total), cudaSuccess);
  EXPECT_EQ(free, total);
}

TEST_F(MemorySemantics, FreeingTwiceOrInTheMiddleFails) {
  float* memory = device_memory(8);
  EXPECT_EQ(cudaFree(memory + 1), cudaErrorInvalidValue);
  expect_finding();
  EXPECT_EQ(cudaFreeHost(memory), cudaErrorInvalidValue);
  expect_finding();
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
  EXPECT_EQ(cudaFree(memory), cudaErrorInvalidValue);
  expect_finding();
}

TEST_F(MemorySemantics, APageableSourceIsCopiedAtTheCall) {
  float* memory = device_memory(1);
  std::vector<float> value{1};
  cudaStream_t stream = make_stream();
  EXPECT_EQ(cudaMemcpyAsync(memory, value.data(), sizeof(float), cudaMemcpyHostToDevice, stream), cudaSuccess);
  value[0] = 2;
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(download(memory, 1)[0], 1);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
}

TEST_F(MemorySemantics, APinnedSourceIsReadWhenTheCopyRuns) {
  float* memory = device_memory(1);
  float* value = pinned_memory(1);
  cudaStream_t stream = make_stream();
  *value = 1;
  EXPECT_EQ(cudaMemcpyAsync(memory, value, sizeof(float), cudaMemcpyHostToDevice, stream), cudaSuccess);
  *value = 2;  // not instrumented, so nobody reports it
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(download(memory, 1)[0], 2);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
  EXPECT_EQ(cudaFreeHost(value), cudaSuccess);
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
}

TEST_F(MemorySemantics, APageableDestinationMakesTheCopyWait) {
  float* memory = device_memory(1);
  upload(memory, {5});
  cudaStream_t stream = make_stream();
  float value = 0;
  EXPECT_EQ(cudaMemcpyAsync(&value, memory, sizeof(float), cudaMemcpyDeviceToHost, stream), cudaSuccess);
  EXPECT_EQ(value, 5);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
}

TEST_F(MemorySemantics, CopiesBetweenDevicesNeedNoPeerAccess) {
  float* here = device_memory(2);
  upload(here, {3, 4});
  EXPECT_EQ(cudaSetDevice(1), cudaSuccess);
  float* there = device_memory(2);
  cudaStream_t stream = make_stream();
  EXPECT_EQ(cudaMemcpyPeerAsync(there, 1, here, 0, 2 * sizeof(float), stream), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_THAT(download(there, 2), ElementsAre(3, 4));
  EXPECT_EQ(cudaMemcpyPeerAsync(there, 0, here, 1, sizeof(float), stream), cudaErrorInvalidValue);
  expect_finding();
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
  EXPECT_EQ(cudaFree(there), cudaSuccess);
  EXPECT_EQ(cudaFree(here), cudaSuccess);
}

TEST_F(MemorySemantics, FillingWithOnesMakesMemoryUninitialisedAgain) {
  float* memory = device_memory(4);
  EXPECT_EQ(cudaMemset(memory, 0, 4 * sizeof(float)), cudaSuccess);
  EXPECT_THAT(download(memory, 4), Each(0));
  EXPECT_EQ(cudaMemset(memory, 0xFF, 4 * sizeof(float)), cudaSuccess);
  EXPECT_TRUE(std::isnan(download(memory, 4)[3]));
  expect_finding();
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
}

TEST_F(MemorySemantics, StreamOrderedMemoryIsReusedInTheStreamsOrder) {
  cudaStream_t stream = make_stream();
  for (int i = 0; i < 3; ++i) {  // each alone fits
    void* memory = nullptr;
    EXPECT_EQ(cudaMallocAsync(&memory, all_of_it / 2 + 256, stream), cudaSuccess);
    EXPECT_EQ(cudaMemsetAsync(memory, 0, 64, stream), cudaSuccess);
    EXPECT_EQ(cudaFreeAsync(memory, stream), cudaSuccess);
  }
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

TEST_F(MemorySemantics, StreamOrderedMemoryUsedOnAnotherStreamRaces) {
  cudaStream_t stream = make_stream();
  cudaStream_t other = make_stream();
  void* memory = nullptr;
  EXPECT_EQ(cudaMallocAsync(&memory, 64, stream), cudaSuccess);
  EXPECT_EQ(cudaMemsetAsync(memory, 0, 64, other), cudaSuccess);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  expect_finding();
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(other), cudaSuccess);
}

TEST_F(MemorySemantics, PointersSayWhatTheyAre) {
  float* device = device_memory(1);
  float* pinned = pinned_memory(1);
  float pageable = 0;
  cudaPointerAttributes is = {};
  EXPECT_EQ(cudaPointerGetAttributes(&is, device), cudaSuccess);
  EXPECT_EQ(is.type, cudaMemoryTypeDevice);
  EXPECT_EQ(cudaPointerGetAttributes(&is, pinned), cudaSuccess);
  EXPECT_EQ(is.type, cudaMemoryTypeHost);
  EXPECT_EQ(cudaPointerGetAttributes(&is, &pageable), cudaSuccess);
  EXPECT_EQ(is.type, cudaMemoryTypeUnregistered);
  EXPECT_EQ(cudaFree(device), cudaSuccess);
  EXPECT_EQ(cudaFreeHost(pinned), cudaSuccess);
}

}  // namespace
}  // namespace fakecuda_tests
