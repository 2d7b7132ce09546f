// Streams: what waits for what, and what the default stream has to do with it.
#include <future>
#include <thread>

#include "tests/cuda/conformance/suite.hpp"

namespace lockstep::conformance {
namespace {

class Streams : public Conformance {
 protected:
  static cudaError_t fill(Floats& memory, int byte, cudaStream_t stream) {
    return cudaMemsetAsync(memory.data(), byte, sizeof(float), stream);
  }
};

TEST_F(Streams, WithNothingToDo) {
  Stream stream;
  EXPECT_EQ(note("cudaStreamQuery", cudaStreamQuery(stream)), cudaSuccess);
  EXPECT_EQ(note("cudaStreamSynchronize", cudaStreamSynchronize(stream)), cudaSuccess);
  EXPECT_EQ(note("of the default stream", cudaStreamQuery(nullptr)), cudaSuccess);
  EXPECT_EQ(note("by its other name", cudaStreamSynchronize(cudaStreamLegacy)), cudaSuccess);
}

TEST_F(Streams, NotReadyIsKeptAsTheLastError) {
  Stream stream;
  Gate gate{stream};
  EXPECT_EQ(note("cudaStreamQuery", cudaStreamQuery(stream)), cudaErrorNotReady);
  note("cudaPeekAtLastError", cudaPeekAtLastError());
  note("cudaGetLastError", cudaGetLastError());
  EXPECT_EQ(note("then", cudaGetLastError()), cudaSuccess);
  gate.open();
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(note("in the end", cudaStreamQuery(stream)), cudaSuccess);
}

TEST_F(Streams, OfFlagsThatThereAreNot) {
  cudaStream_t stream = nullptr;
  EXPECT_EQ(note("cudaStreamCreateWithFlags", cudaStreamCreateWithFlags(&stream, 0x80)), cudaErrorInvalidValue);
}

TEST_F(Streams, HavePriorities) {
  int least = -1;
  int greatest = 1;
  EXPECT_EQ(note("range", cudaDeviceGetStreamPriorityRange(&least, &greatest)), cudaSuccess);
  EXPECT_EQ(note("least", least), 0);
  EXPECT_TRUE(note("the greatest is not above", greatest <= least));
  for (const int priority : {greatest, greatest - 100, 100}) {
    cudaStream_t stream = nullptr;
    EXPECT_EQ(note("made", cudaStreamCreateWithPriority(&stream, cudaStreamNonBlocking, priority)), cudaSuccess);
    EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
  }
}

TEST_F(Streams, TheDefaultStreamIsNotDestroyed) {
  EXPECT_EQ(note("cudaStreamDestroy", cudaStreamDestroy(nullptr)), cudaErrorInvalidResourceHandle);
}

TEST_F(Streams, AreNotCapturing) {
  Stream stream;
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusActive;
  EXPECT_EQ(note("cudaStreamIsCapturing", cudaStreamIsCapturing(stream, &status)), cudaSuccess);
  EXPECT_EQ(status, cudaStreamCaptureStatusNone);
}

TEST_F(Streams, TheDefaultStreamWaitsForBlockingOnes) {
  Stream blocking{cudaStreamDefault};
  Floats memory{{1}};
  Gate gate{blocking};
  EXPECT_EQ(fill(memory, 0, blocking), cudaSuccess);
  EXPECT_EQ(fill(memory, 0x41, nullptr), cudaSuccess);
  EXPECT_EQ(note("default stream", cudaStreamQuery(nullptr)), cudaErrorNotReady);
  gate.open();
  EXPECT_EQ(cudaStreamSynchronize(nullptr), cudaSuccess);
  EXPECT_EQ(note("then the blocking one", cudaStreamQuery(blocking)), cudaSuccess);
  EXPECT_NE(memory.values()[0], 0);
}

TEST_F(Streams, BlockingOnesWaitForTheDefaultStream) {
  Stream blocking{cudaStreamDefault};
  Floats memory{{1}};
  Gate gate{nullptr};
  EXPECT_EQ(fill(memory, 0x41, nullptr), cudaSuccess);
  EXPECT_EQ(fill(memory, 0, blocking), cudaSuccess);
  EXPECT_EQ(note("blocking stream", cudaStreamQuery(blocking)), cudaErrorNotReady);
  gate.open();
  EXPECT_EQ(cudaStreamSynchronize(blocking), cudaSuccess);
  EXPECT_EQ(note("value", memory.values()[0]), 0);
}

TEST_F(Streams, TheDefaultStreamDoesNotWaitForOthers) {
  Stream stream{cudaStreamNonBlocking};
  Floats memory{{1}};
  Gate gate{stream};
  EXPECT_EQ(fill(memory, 0, nullptr), cudaSuccess);
  EXPECT_EQ(note("default stream", cudaStreamSynchronize(nullptr)), cudaSuccess);
  EXPECT_EQ(note("the other one", cudaStreamQuery(stream)), cudaErrorNotReady);
}

TEST_F(Streams, OthersDoNotWaitForTheDefaultStream) {
  Stream stream{cudaStreamNonBlocking};
  Floats memory{{1}};
  Gate gate{nullptr};
  EXPECT_EQ(fill(memory, 0, stream), cudaSuccess);
  EXPECT_EQ(note("the other one", cudaStreamSynchronize(stream)), cudaSuccess);
  EXPECT_EQ(note("default stream", cudaStreamQuery(nullptr)), cudaErrorNotReady);
}

TEST_F(Streams, BlockingOnesDoNotWaitForEachOther) {
  Stream first{cudaStreamDefault};
  Stream second{cudaStreamDefault};
  Floats memory{{1}};
  Gate gate{first};
  EXPECT_EQ(fill(memory, 0, second), cudaSuccess);
  EXPECT_EQ(note("second", cudaStreamSynchronize(second)), cudaSuccess);
  EXPECT_EQ(note("first", cudaStreamQuery(first)), cudaErrorNotReady);
}

TEST_F(Streams, ADeviceIsWaitedForWithAllOfThem) {
  Stream first;
  Stream second{cudaStreamDefault};
  Floats memory{{1}};
  {
    Gate gate{first};
    EXPECT_EQ(fill(memory, 0, first), cudaSuccess);
    std::thread{[&] { gate.open(); }}.join();
  }
  EXPECT_EQ(note("cudaDeviceSynchronize", cudaDeviceSynchronize()), cudaSuccess);
  EXPECT_EQ(note("first", cudaStreamQuery(first)), cudaSuccess);
  EXPECT_EQ(note("second", cudaStreamQuery(second)), cudaSuccess);
  EXPECT_EQ(note("value", memory.values()[0]), 0);
}

TEST_F(Streams, ADestroyedOneFinishesItsWork) {
  Floats memory{{1}};
  cudaStream_t stream = nullptr;
  EXPECT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
  Gate gate{stream};
  EXPECT_EQ(fill(memory, 0, stream), cudaSuccess);
  EXPECT_EQ(note("cudaStreamDestroy", cudaStreamDestroy(stream)), cudaSuccess);
  gate.open();
  EXPECT_EQ(note("cudaDeviceSynchronize", cudaDeviceSynchronize()), cudaSuccess);
  EXPECT_EQ(note("value", memory.values()[0]), 0);
}

TEST_F(Streams, HostFunctionsHaveTheirPlace) {
  struct Seen {
    float* value;
    float before;
  };
  Stream stream;
  Floats memory{{3}};
  Pinned value{{0}};
  Seen seen{value.data(), -1};
  const auto look = [](void* data) {
    auto* here = static_cast<Seen*>(data);
    here->before = *here->value;
    *here->value = 4;
  };
  EXPECT_EQ(cudaMemcpyAsync(value.data(), memory.data(), sizeof(float), cudaMemcpyDeviceToHost, stream), cudaSuccess);
  EXPECT_EQ(note("cudaLaunchHostFunc", cudaLaunchHostFunc(stream, look, &seen)), cudaSuccess);
  EXPECT_EQ(cudaMemcpyAsync(memory.data(), value.data(), sizeof(float), cudaMemcpyHostToDevice, stream), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(note("it sees", seen.before), 3);
  EXPECT_EQ(note("and is seen", memory.values()[0]), 4);
}

TEST_F(Streams, HostFunctionsAreNotCalledByWhoWaits) {
  Stream stream;
  std::thread::id caller;
  const auto look = [](void* id) { *static_cast<std::thread::id*>(id) = std::this_thread::get_id(); };
  EXPECT_EQ(cudaLaunchHostFunc(stream, look, &caller), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_TRUE(note("another thread", caller != std::this_thread::get_id() && caller != std::thread::id{}));
}

TEST_F(Streams, HostFunctionsNeedNobodyWhoWaits) {
  Stream stream;
  std::promise<void> called;
  std::future<void> is_called = called.get_future();
  const auto call = [](void* promise) { static_cast<std::promise<void>*>(promise)->set_value(); };
  EXPECT_EQ(note("cudaLaunchHostFunc", cudaLaunchHostFunc(stream, call, &called)), cudaSuccess);
  is_called.wait();
  EXPECT_EQ(note("cudaStreamSynchronize", cudaStreamSynchronize(stream)), cudaSuccess);
}

TEST_F(Streams, NoHostFunction) {
  Stream stream;
  EXPECT_EQ(note("cudaLaunchHostFunc", cudaLaunchHostFunc(stream, nullptr, nullptr)), cudaErrorInvalidValue);
}

}  // namespace
}  // namespace lockstep::conformance
