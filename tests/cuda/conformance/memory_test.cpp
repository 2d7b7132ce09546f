// Memory: made, freed, asked about.
#include <cstdint>

#include "tests/cuda/conformance/suite.hpp"

namespace lockstep::conformance {
namespace {

constexpr std::size_t mib = std::size_t{1} << 20;

class Memory : public Conformance {};

TEST_F(Memory, IsAligned) {
  void* small = nullptr;
  void* odd = nullptr;
  EXPECT_EQ(note("cudaMalloc", cudaMalloc(&small, 1)), cudaSuccess);
  EXPECT_EQ(cudaMalloc(&odd, 1001), cudaSuccess);
  EXPECT_TRUE(note("at multiples of 256 bytes", reinterpret_cast<std::uintptr_t>(small) % 256 == 0 &&
                                                    reinterpret_cast<std::uintptr_t>(odd) % 256 == 0));
  EXPECT_NE(small, odd);
  EXPECT_EQ(cudaFree(small), cudaSuccess);
  EXPECT_EQ(cudaFree(odd), cudaSuccess);
}

TEST_F(Memory, NoBytesAreNoMemory) {
  void* memory = &memory;
  EXPECT_EQ(note("cudaMalloc of 0 bytes", cudaMalloc(&memory, 0)), cudaSuccess);
  note("is null", memory == nullptr);
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
}

TEST_F(Memory, NowhereToPutTheAddress) {
  EXPECT_EQ(note("cudaMalloc", cudaMalloc(static_cast<void**>(nullptr), 8)), cudaErrorInvalidValue);
  EXPECT_EQ(note("cudaMallocHost", cudaMallocHost(static_cast<void**>(nullptr), 8)), cudaErrorInvalidValue);
}

TEST_F(Memory, FreeingNullDoesNothing) {
  EXPECT_EQ(note("cudaFree", cudaFree(nullptr)), cudaSuccess);
  EXPECT_EQ(note("cudaFreeHost", cudaFreeHost(nullptr)), cudaSuccess);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
}

TEST_F(Memory, FreedTwice) {
  void* memory = nullptr;
  EXPECT_EQ(cudaMalloc(&memory, 64), cudaSuccess);
  EXPECT_EQ(note("once", cudaFree(memory)), cudaSuccess);
  EXPECT_EQ(note("twice", cudaFree(memory)), cudaErrorInvalidValue);
  expect_finding();
  EXPECT_EQ(note("kept", cudaGetLastError()), cudaErrorInvalidValue);
}

TEST_F(Memory, FreedInTheMiddle) {
  void* memory = nullptr;
  EXPECT_EQ(cudaMalloc(&memory, 1024), cudaSuccess);
  EXPECT_EQ(note("in the middle", cudaFree(static_cast<char*>(memory) + 256)), cudaErrorInvalidValue);
  expect_finding();
  EXPECT_EQ(note("at the start", cudaFree(memory)), cudaSuccess);
}

TEST_F(Memory, FreedAsWhatItIsNot) {
  void* device = nullptr;
  void* pinned = nullptr;
  EXPECT_EQ(cudaMalloc(&device, 64), cudaSuccess);
  EXPECT_EQ(cudaMallocHost(&pinned, 64), cudaSuccess);
  EXPECT_EQ(note("cudaFreeHost of a device's", cudaFreeHost(device)), cudaErrorInvalidValue);
  expect_finding();
  int pageable = 0;
  EXPECT_EQ(note("cudaFree of the host's", cudaFree(&pageable)), cudaErrorInvalidValue);
  expect_finding();
  EXPECT_EQ(cudaFree(device), cudaSuccess);
  EXPECT_EQ(cudaFreeHost(pinned), cudaSuccess);
}

TEST_F(Memory, WhatIsFreeBecomesLessAndMore) {
  std::size_t total = 0;
  std::size_t free_at_start = 0;
  std::size_t free_between = 0;
  std::size_t free_at_end = 0;
  EXPECT_EQ(note("cudaMemGetInfo", cudaMemGetInfo(&free_at_start, &total)), cudaSuccess);
  EXPECT_LE(free_at_start, total);
  void* memory = nullptr;
  EXPECT_EQ(cudaMalloc(&memory, 64 * mib), cudaSuccess);
  EXPECT_EQ(cudaMemGetInfo(&free_between, &total), cudaSuccess);
  EXPECT_TRUE(note("less by what was taken", free_at_start - free_between >= 64 * mib));
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
  EXPECT_EQ(cudaMemGetInfo(&free_at_end, &total), cudaSuccess);
  EXPECT_TRUE(note("more when it is given back", free_at_end > free_between));
}

TEST_F(Memory, MoreThanThereIs) {
  std::size_t free = 0;
  std::size_t total = 0;
  EXPECT_EQ(cudaMemGetInfo(&free, &total), cudaSuccess);
  void* memory = nullptr;
  EXPECT_EQ(note("cudaMalloc", cudaMalloc(&memory, 2 * total)), cudaErrorMemoryAllocation);
  EXPECT_EQ(note("kept", cudaGetLastError()), cudaErrorMemoryAllocation);
  EXPECT_EQ(note("then", cudaGetLastError()), cudaSuccess);
  EXPECT_EQ(note("of less", cudaMalloc(&memory, 64)), cudaSuccess) << "the error does not stay";
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
}

TEST_F(Memory, PinnedIsTheHosts) {
  void* memory = nullptr;
  EXPECT_EQ(note("cudaMallocHost", cudaMallocHost(&memory, 64)), cudaSuccess);
  auto* values = static_cast<int*>(memory);
  for (int i = 0; i < 16; ++i) values[i] = i;
  EXPECT_EQ(note("last of 16", values[15]), 15);
  EXPECT_EQ(note("cudaFreeHost", cudaFreeHost(memory)), cudaSuccess);
  EXPECT_EQ(note("cudaHostAlloc", cudaHostAlloc(&memory, 64, cudaHostAllocDefault)), cudaSuccess);
  EXPECT_EQ(cudaFreeHost(memory), cudaSuccess);
}

TEST_F(Memory, PointersSayWhatTheyAre) {
  Floats memory{{1, 2}};
  Pinned pinned{{1}};
  cudaPointerAttributes is = {};
  EXPECT_EQ(cudaPointerGetAttributes(&is, memory.data() + 1), cudaSuccess);
  EXPECT_TRUE(note("device", is.type == cudaMemoryTypeDevice && is.device == 0));
  EXPECT_EQ(cudaPointerGetAttributes(&is, pinned.data()), cudaSuccess);
  EXPECT_TRUE(note("pinned", is.type == cudaMemoryTypeHost));
  EXPECT_EQ(note("the device sees pinned memory at the host's address", is.devicePointer == is.hostPointer), true);
}

TEST_F(Memory, MadeInAStreamsOrder) {
  Stream stream;
  Pinned result{{0, 0}};
  void* memory = nullptr;
  EXPECT_EQ(note("cudaMallocAsync", cudaMallocAsync(&memory, 2 * sizeof(float), stream)), cudaSuccess);
  EXPECT_EQ(cudaMemsetAsync(memory, 0, 2 * sizeof(float), stream), cudaSuccess);
  EXPECT_EQ(cudaMemcpyAsync(result.data(), memory, 2 * sizeof(float), cudaMemcpyDeviceToHost, stream), cudaSuccess);
  EXPECT_EQ(note("cudaFreeAsync", cudaFreeAsync(memory, stream)), cudaSuccess);
  EXPECT_EQ(note("cudaStreamSynchronize", cudaStreamSynchronize(stream)), cudaSuccess);
  EXPECT_EQ(note("first of what was filled with 0", result[0]), 0);
}

}  // namespace
}  // namespace lockstep::conformance
