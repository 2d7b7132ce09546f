// Kernels: how they are launched, and what is refused.
#include <numeric>
#include <vector>

#include "tests/cuda/conformance/kernels.hpp"
#include "tests/cuda/conformance/suite.hpp"

namespace lockstep::conformance {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

class Launches : public Conformance {
 protected:
  /// What a launch of that size says, and then that nothing is left of it.
  cudaError_t refusal(const std::string& what, const Launch& launch) {
    Floats memory{{1}};
    add(launch, memory.data(), 1, 1);
    const cudaError_t error = note(what, cudaGetLastError());
    EXPECT_EQ(cudaGetLastError(), cudaSuccess);
    EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
    EXPECT_EQ(memory.values()[0], 1) << "it ran";
    return error;
  }
};

TEST_F(Launches, RunOnAllElements) {
  constexpr std::size_t count = 1000;
  Floats memory{std::vector<float>(count, 1)};
  add({.grid = {8}, .block = {128}}, memory.data(), 2, count);
  EXPECT_EQ(note("cudaGetLastError", cudaGetLastError()), cudaSuccess);
  EXPECT_EQ(note("cudaDeviceSynchronize", cudaDeviceSynchronize()), cudaSuccess);
  EXPECT_THAT(memory.values(), Each(3));
}

TEST_F(Launches, EveryThreadHasItsPlace) {
  constexpr std::size_t threads = 2 * 3 * 4;
  constexpr std::size_t blocks = 4 * 3 * 2;
  void* memory = nullptr;
  std::vector<int> found(threads * blocks);
  EXPECT_EQ(cudaMalloc(&memory, found.size() * sizeof(int)), cudaSuccess);
  places({.grid = {4, 3, 2}, .block = {2, 3, 4}}, static_cast<int*>(memory));
  EXPECT_EQ(note("cudaGetLastError", cudaGetLastError()), cudaSuccess);
  EXPECT_EQ(cudaMemcpy(found.data(), memory, found.size() * sizeof(int), cudaMemcpyDeviceToHost), cudaSuccess);
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
  EXPECT_EQ(note("second thread of the first block", found[1]), 1);
  EXPECT_EQ(note("first thread of the second block", found[threads]), 1000);
  EXPECT_EQ(note("last", found.back()), 123321);
}

TEST_F(Launches, ParametersAreCopiedAtTheLaunch) {
  Stream stream;
  Floats memory{{0, 0, 0, 0, 0}};
  Floats unused{{0, 0, 0, 0, 0}};
  store_numbers({}, unused.data());
  Gate gate{stream};
  store_numbers({.stream = stream}, memory.data());
  EXPECT_EQ(note("cudaGetLastError", cudaGetLastError()), cudaSuccess);
  gate.open();
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  const std::vector<float> values = memory.values();
  EXPECT_THAT(values, ElementsAre(1.5, 2.5, 3, 4, 5));
  EXPECT_EQ(note("sum", std::accumulate(values.begin(), values.end(), 0.0F)), 16);
}

TEST_F(Launches, AreInTheirStreamsOrder) {
  Stream stream;
  Floats memory{{1}};
  Pinned result{{0}};
  add({}, memory.data(), 0, 1);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  Gate gate{stream};
  add({.stream = stream}, memory.data(), 1, 1);
  EXPECT_EQ(note("cudaGetLastError", cudaGetLastError()), cudaSuccess);
  EXPECT_EQ(cudaMemcpyAsync(result.data(), memory.data(), sizeof(float), cudaMemcpyDeviceToHost, stream), cudaSuccess);
  EXPECT_EQ(note("launched behind a gate", cudaStreamQuery(stream)), cudaErrorNotReady);
  gate.open();
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(note("value", result[0]), 2);
}

TEST_F(Launches, TooManyThreads) {
  EXPECT_EQ(refusal("1025 of x", {.block = {1025}}), cudaErrorInvalidConfiguration);
  EXPECT_EQ(refusal("65 of z", {.block = {1, 1, 65}}), cudaErrorInvalidConfiguration);
  EXPECT_EQ(refusal("64 times 32", {.block = {64, 32}}), cudaErrorInvalidConfiguration);
}

TEST_F(Launches, TooManyBlocks) {
  EXPECT_EQ(refusal("65536 of y", {.grid = {1, 65536}}), cudaErrorInvalidConfiguration);
  EXPECT_EQ(refusal("65536 of z", {.grid = {1, 1, 65536}}), cudaErrorInvalidConfiguration);
}

TEST_F(Launches, NoThreadsOrBlocks) {
  EXPECT_EQ(refusal("no blocks", {.grid = {0}}), cudaErrorInvalidConfiguration);
  EXPECT_EQ(refusal("no threads", {.block = {0}}), cudaErrorInvalidConfiguration);
}

TEST_F(Launches, TheLargestBlock) {
  Floats memory{std::vector<float>(1024, 1)};
  add({.block = {1024}}, memory.data(), 1, 1024);
  EXPECT_EQ(note("1024 threads", cudaGetLastError()), cudaSuccess);
  EXPECT_EQ(note("last", memory.values().back()), 2);
}

TEST_F(Launches, MoreSharedMemoryThanUsual) {
  EXPECT_EQ(refusal("64 KiB", {.shared = 64 << 10}), cudaErrorInvalidValue);
}

TEST_F(Launches, SharedMemoryWithoutAsking) {
  Floats memory{{1, 2, 3, 4}};
  reverse({.block = {4}, .shared = 48 << 10}, memory.data());
  EXPECT_EQ(note("48 KiB", cudaGetLastError()), cudaSuccess);
  EXPECT_THAT(memory.values(), ElementsAre(4, 3, 2, 1));
}

TEST_F(Launches, MoreSharedMemoryAfterAsking) {
  constexpr auto limit = cudaFuncAttributeMaxDynamicSharedMemorySize;
  EXPECT_EQ(note("1 GiB", cudaFuncSetAttribute(reverse_function(), limit, 1 << 30)), cudaErrorInvalidValue);
  EXPECT_EQ(note("64 KiB", cudaFuncSetAttribute(reverse_function(), limit, 64 << 10)), cudaSuccess);
  cudaGetLastError();
  Floats memory{{1, 2, 3, 4}};
  reverse({.block = {4}, .shared = 64 << 10}, memory.data());
  EXPECT_EQ(note("launch", cudaGetLastError()), cudaSuccess);
  EXPECT_THAT(memory.values(), ElementsAre(4, 3, 2, 1));
  EXPECT_EQ(cudaFuncSetAttribute(reverse_function(), limit, 48 << 10), cudaSuccess);
}

TEST_F(Launches, OfWhatIsNoKernel) {
  static const char no_kernel = 0;
  EXPECT_EQ(note("cudaLaunchKernel", cudaLaunchKernel(&no_kernel, dim3{1}, dim3{1}, nullptr, 0, nullptr)),
            cudaErrorInvalidDeviceFunction);
  expect_finding();
  EXPECT_EQ(note("kept", cudaGetLastError()), cudaErrorInvalidDeviceFunction);
}

TEST_F(Launches, OnAnotherDevicesStream) {
  if (!needs_gpus(2)) GTEST_SKIP() << "needs 2 GPUs";
  EXPECT_EQ(cudaSetDevice(1), cudaSuccess);
  {
    Stream there;
    EXPECT_EQ(cudaSetDevice(0), cudaSuccess);
    EXPECT_EQ(refusal("launch", {.stream = there}), cudaErrorInvalidResourceHandle);
    expect_finding();
  }
}

}  // namespace
}  // namespace lockstep::conformance
