// Errors: kept per thread until somebody asks, or for ever.
#include <cstdlib>
#include <thread>

#include "tests/cuda/conformance/kernels.hpp"
#include "tests/cuda/conformance/suite.hpp"

namespace lockstep::conformance {
namespace {

class Errors : public Conformance {
 protected:
  static cudaError_t invalid_value() { return cudaMalloc(static_cast<void**>(nullptr), 8); }
  static cudaError_t invalid_device() { return cudaSetDevice(-1); }
};

TEST_F(Errors, StayUntilTheyAreFetched) {
  EXPECT_EQ(note("at first", cudaGetLastError()), cudaSuccess);
  EXPECT_EQ(note("cudaMalloc", invalid_value()), cudaErrorInvalidValue);
  EXPECT_EQ(note("cudaPeekAtLastError", cudaPeekAtLastError()), cudaErrorInvalidValue);
  EXPECT_EQ(note("again", cudaPeekAtLastError()), cudaErrorInvalidValue);
  EXPECT_EQ(note("cudaGetLastError", cudaGetLastError()), cudaErrorInvalidValue);
  EXPECT_EQ(note("again", cudaGetLastError()), cudaSuccess);
}

TEST_F(Errors, OutliveSuccess) {
  EXPECT_EQ(invalid_value(), cudaErrorInvalidValue);
  EXPECT_EQ(note("next call", cudaDeviceSynchronize()), cudaSuccess);
  EXPECT_EQ(note("kept", cudaGetLastError()), cudaErrorInvalidValue);
}

TEST_F(Errors, TheLatestIsKept) {
  EXPECT_EQ(note("first", invalid_value()), cudaErrorInvalidValue);
  EXPECT_EQ(note("second", invalid_device()), cudaErrorInvalidDevice);
  EXPECT_EQ(note("kept", cudaGetLastError()), cudaErrorInvalidDevice);
}

TEST_F(Errors, AreTheThreadsOwn) {
  EXPECT_EQ(invalid_value(), cudaErrorInvalidValue);
  cudaError_t theirs = cudaErrorUnknown;
  std::thread{[&] {
    theirs = cudaGetLastError();
    invalid_device();
  }}.join();
  EXPECT_EQ(note("another thread's", theirs), cudaSuccess);
  EXPECT_EQ(note("own", cudaGetLastError()), cudaErrorInvalidValue);
}

TEST_F(Errors, DevicesThatThereAreNot) {
  int count = 0;
  EXPECT_EQ(note("cudaGetDeviceCount", cudaGetDeviceCount(&count)), cudaSuccess);
  EXPECT_EQ(note("cudaSetDevice", cudaSetDevice(count)), cudaErrorInvalidDevice);
  EXPECT_EQ(note("of a negative one", cudaSetDevice(-1)), cudaErrorInvalidDevice);
  int value = 0;
  EXPECT_EQ(note("cudaDeviceGetAttribute", cudaDeviceGetAttribute(&value, cudaDevAttrWarpSize, count)),
            cudaErrorInvalidDevice);
  cudaDeviceProp properties = {};
  EXPECT_EQ(note("cudaGetDeviceProperties", cudaGetDeviceProperties(&properties, count)), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaGetDevice(&value), cudaSuccess);
  EXPECT_EQ(note("the current one stays", value), 0);
}

TEST_F(Errors, EveryThreadStartsOnDeviceZero) {
  if (!needs_gpus(2)) GTEST_SKIP() << "needs 2 GPUs";
  EXPECT_EQ(cudaSetDevice(1), cudaSuccess);
  int theirs = -1;
  std::thread{[&] { EXPECT_EQ(cudaGetDevice(&theirs), cudaSuccess); }}.join();
  int own = -1;
  EXPECT_EQ(cudaGetDevice(&own), cudaSuccess);
  EXPECT_EQ(note("new thread", theirs), 0);
  EXPECT_EQ(note("own", own), 1);
  EXPECT_EQ(cudaSetDevice(0), cudaSuccess);
}

TEST_F(Errors, Versions) {
  int runtime = 0;
  int driver = 0;
  EXPECT_EQ(note("cudaRuntimeGetVersion", cudaRuntimeGetVersion(&runtime)), cudaSuccess);
  EXPECT_EQ(note("cudaDriverGetVersion", cudaDriverGetVersion(&driver)), cudaSuccess);
  EXPECT_EQ(note("major version", runtime / 1000), 13);
  EXPECT_GE(note("major version of the driver's CUDA at least that", driver / 1000 >= 13), 1);
}

TEST_F(Errors, WhatEveryDeviceHas) {
  int value = 0;
  EXPECT_EQ(cudaDeviceGetAttribute(&value, cudaDevAttrWarpSize, 0), cudaSuccess);
  EXPECT_EQ(note("threads in a warp", value), 32);
  EXPECT_EQ(cudaDeviceGetAttribute(&value, cudaDevAttrMaxThreadsPerBlock, 0), cudaSuccess);
  EXPECT_EQ(note("threads in a block", value), 1024);
  int reaches = -1;
  EXPECT_EQ(note("cudaDeviceCanAccessPeer of itself", cudaDeviceCanAccessPeer(&reaches, 0, 0)), cudaSuccess);
  EXPECT_EQ(note("reaches", reaches), 0);
}

/// A process of its own, started anew, since a device's error does not go away. Ends with 0 when nothing failed there.
class StickyErrors : public Conformance {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  void TearDown() override {}

  /// A kernel writes where nothing is.
  static cudaError_t write_through_null() {
    EXPECT_EQ(cudaSetDevice(0), cudaSuccess);
    add({}, nullptr, 1, 1);
    return cudaDeviceSynchronize();
  }
  [[noreturn]] void leave() {
    write_line();
    expect_finding();
    std::exit(HasFailure() ? 1 : 0);
  }
};
using StickyErrorsDeathTest = StickyErrors;

TEST_F(StickyErrorsDeathTest, EveryLaterCallFails) {
  const auto child = [this] {
    EXPECT_EQ(note("cudaDeviceSynchronize", write_through_null()), cudaErrorIllegalAddress);
    EXPECT_EQ(note("cudaGetLastError", cudaGetLastError()), cudaErrorIllegalAddress);
    void* memory = nullptr;
    EXPECT_EQ(note("cudaMalloc", cudaMalloc(&memory, 8)), cudaErrorIllegalAddress);
    EXPECT_EQ(note("cudaDeviceSynchronize", cudaDeviceSynchronize()), cudaErrorIllegalAddress);
    cudaStream_t stream = nullptr;
    EXPECT_EQ(note("cudaStreamCreateWithFlags", cudaStreamCreateWithFlags(&stream, 0)), cudaErrorIllegalAddress);
    note("cudaGetLastError", cudaGetLastError());
    note("again", cudaGetLastError());
    leave();
  };
  EXPECT_EXIT(child(), ::testing::ExitedWithCode(0), "");
}

TEST_F(StickyErrorsDeathTest, OtherThreadsMeetThemToo) {
  const auto child = [this] {
    EXPECT_EQ(write_through_null(), cudaErrorIllegalAddress);
    cudaError_t theirs = cudaSuccess;
    std::thread{[&] { theirs = cudaDeviceSynchronize(); }}.join();
    EXPECT_EQ(note("another thread", theirs), cudaErrorIllegalAddress);
    leave();
  };
  EXPECT_EXIT(child(), ::testing::ExitedWithCode(0), "");
}

TEST_F(StickyErrorsDeathTest, EndWaitsForEventsAndStreams) {
  const auto child = [this] {
    EXPECT_EQ(cudaSetDevice(0), cudaSuccess);
    cudaStream_t stream = nullptr;
    cudaEvent_t event = nullptr;
    EXPECT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
    EXPECT_EQ(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), cudaSuccess);
    add({.stream = stream}, nullptr, 1, 0);  // does nothing, but is loaded
    EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
    Gate gate{stream};
    add({.stream = stream}, nullptr, 1, 1);
    EXPECT_EQ(cudaEventRecord(event, stream), cudaSuccess);
    gate.open();
    EXPECT_EQ(note("cudaEventSynchronize", cudaEventSynchronize(event)), cudaErrorIllegalAddress);
    EXPECT_EQ(note("cudaEventQuery", cudaEventQuery(event)), cudaErrorIllegalAddress);
    EXPECT_EQ(note("cudaStreamQuery", cudaStreamQuery(stream)), cudaErrorIllegalAddress);
    EXPECT_EQ(note("cudaStreamSynchronize", cudaStreamSynchronize(stream)), cudaErrorIllegalAddress);
    leave();
  };
  EXPECT_EXIT(child(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace lockstep::conformance
