#include <atomic>
#include <future>
#include <thread>

#include "tests/doubles/fakecuda/runtime.hpp"
#include "tests/fakecuda/fixture.hpp"
#include "tests/fakecuda/test_kernels.hpp"

namespace fakecuda_tests {
namespace {

class StreamSemantics : public FakeCuda {};

TEST_F(StreamSemantics, NothingRunsBeforeSomebodyWaits) {
  cudaStream_t stream = make_stream();
  float* memory = device_memory(1);
  float* value = pinned_memory(1);
  *value = -1;
  EXPECT_EQ(cudaMemsetAsync(memory, 0, sizeof(float), stream), cudaSuccess);
  EXPECT_EQ(cudaMemcpyAsync(value, memory, sizeof(float), cudaMemcpyDeviceToHost, stream), cudaSuccess);
  EXPECT_EQ(*value, -1);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(*value, 0);
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
  EXPECT_EQ(cudaFreeHost(value), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

TEST_F(StreamSemantics, AQueryLoopComesToAnEndAndLeavesNotReadyBehind) {
  cudaStream_t stream = make_stream();
  cudaEvent_t event = make_event();
  float* memory = device_memory(1);
  EXPECT_EQ(cudaEventQuery(event), cudaSuccess);  // never recorded
  EXPECT_EQ(cudaMemsetAsync(memory, 0, sizeof(float), stream), cudaSuccess);
  EXPECT_EQ(cudaEventRecord(event, stream), cudaSuccess);
  bool waited = false;
  while (cudaEventQuery(event) == cudaErrorNotReady) waited = true;
  EXPECT_EQ(cudaGetLastError(), waited ? cudaErrorNotReady : cudaSuccess);
  EXPECT_EQ(cudaStreamQuery(stream), cudaSuccess);
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
  EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

TEST_F(StreamSemantics, AWaitMeansTheLatestRecordAtItsTime) {
  cudaStream_t first = make_stream();
  cudaStream_t second = make_stream();
  cudaEvent_t event = make_event();
  float* memory = device_memory(1);
  EXPECT_EQ(cudaEventRecord(event, first), cudaSuccess);
  EXPECT_EQ(cudaStreamWaitEvent(second, event, 0), cudaSuccess);
  EXPECT_EQ(cudaMemsetAsync(memory, 0, sizeof(float), first), cudaSuccess);
  EXPECT_EQ(cudaEventRecord(event, first), cudaSuccess);
  EXPECT_EQ(cudaMemsetAsync(memory, 1, sizeof(float), second), cudaSuccess);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  expect_finding();  // the second record is none of its business, so the fills race
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
  EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(first), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(second), cudaSuccess);
}

TEST_F(StreamSemantics, TheDefaultStreamIsOrderedWithBlockingStreams) {
  cudaStream_t stream = make_stream(cudaStreamDefault);
  float* memory = device_memory(1);
  EXPECT_EQ(cudaMemsetAsync(memory, 0, sizeof(float), stream), cudaSuccess);
  EXPECT_EQ(cudaMemsetAsync(memory, 1, sizeof(float), nullptr), cudaSuccess);
  EXPECT_EQ(cudaMemsetAsync(memory, 0, sizeof(float), stream), cudaSuccess);
  EXPECT_EQ(download(memory, 1)[0], 0);
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

TEST_F(StreamSemantics, ACopyBetweenDevicesDoesNotMakeTheHostWait) {
  float* from = device_memory(1);
  float* to = device_memory(1);
  upload(from, {1});
  cudaEvent_t event = make_event();
  EXPECT_EQ(cudaMemcpy(to, from, sizeof(float), cudaMemcpyDeviceToDevice), cudaSuccess);
  EXPECT_EQ(cudaEventRecord(event, nullptr), cudaSuccess);
  const auto& runtime = fakecuda::Runtime::instance();
  EXPECT_FALSE(runtime.devices[0].default_stream->queue.empty());
  EXPECT_EQ(cudaEventSynchronize(event), cudaSuccess);
  EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);
  EXPECT_EQ(cudaFree(from), cudaSuccess);
  EXPECT_EQ(cudaFree(to), cudaSuccess);
}

TEST_F(StreamSemantics, TimesComeFromTimedEventsThatHavePassed) {
  cudaEvent_t start = make_event();
  cudaEvent_t end = make_event();
  cudaEvent_t untimed = make_event(cudaEventDisableTiming);
  float milliseconds = -1;
  EXPECT_EQ(cudaEventElapsedTime(&milliseconds, start, end), cudaErrorInvalidResourceHandle);
  for (cudaEvent_t event : {start, end, untimed}) EXPECT_EQ(cudaEventRecord(event, nullptr), cudaSuccess);
  EXPECT_EQ(cudaEventElapsedTime(&milliseconds, start, end), cudaErrorNotReady);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  EXPECT_EQ(cudaEventElapsedTime(&milliseconds, start, end), cudaSuccess);
  EXPECT_GE(milliseconds, 0);
  EXPECT_EQ(cudaEventElapsedTime(&milliseconds, start, untimed), cudaErrorInvalidResourceHandle);
  for (cudaEvent_t event : {start, end, untimed}) EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);
}

TEST_F(StreamSemantics, EveryThreadStartsOnDeviceZero) {
  EXPECT_EQ(cudaSetDevice(2), cudaSuccess);
  int device = -1;
  std::thread{[&] { EXPECT_EQ(cudaGetDevice(&device), cudaSuccess); }}.join();
  EXPECT_EQ(device, 0);
  EXPECT_EQ(cudaGetDevice(&device), cudaSuccess);
  EXPECT_EQ(device, 2);
}

TEST_F(StreamSemantics, AHostFunctionRunsWithoutAnybodyWaitingInTheFake) {
  cudaStream_t stream = make_stream();
  std::promise<void> called;
  const auto call = [](void* promise) { static_cast<std::promise<void>*>(promise)->set_value(); };
  EXPECT_EQ(cudaLaunchHostFunc(stream, call, &called), cudaSuccess);
  called.get_future().wait();
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

TEST_F(StreamSemantics, AHostFunctionMayWaitForTheProgram) {
  cudaStream_t stream = make_stream();
  std::atomic<bool> open = false;
  const auto wait = [](void* until) { static_cast<std::atomic<bool>*>(until)->wait(false); };
  EXPECT_EQ(cudaLaunchHostFunc(stream, wait, &open), cudaSuccess);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(cudaStreamQuery(stream), cudaErrorNotReady);
  open = true;
  open.notify_all();
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

TEST(StreamSemanticsDeathTest, AHostFunctionThatWaitsForEverIsAHang) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto hang = [] {
    std::atomic<bool> never = false;
    const auto wait = [](void* until) { static_cast<std::atomic<bool>*>(until)->wait(false); };
    cudaLaunchHostFunc(nullptr, wait, &never);
    cudaDeviceSynchronize();
  };
  EXPECT_EXIT(hang(), ::testing::ExitedWithCode(fakecuda::findings_exit_code), "is running a host function");
}

TEST_F(StreamSemantics, AHostFunctionMustNotCallCuda) {
  cudaError_t answer = cudaSuccess;
  const auto call = [](void* error) { *static_cast<cudaError_t*>(error) = cudaDeviceSynchronize(); };
  EXPECT_EQ(cudaLaunchHostFunc(nullptr, call, &answer), cudaSuccess);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  EXPECT_EQ(answer, cudaErrorNotPermitted);
  expect_finding();
}

TEST_F(StreamSemantics, ADestroyedHandleIsRecognised) {
  cudaStream_t stream = make_stream();
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaErrorInvalidResourceHandle);
  expect_finding();
  cudaEvent_t event = make_event();
  EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);
  EXPECT_EQ(cudaEventRecord(event, nullptr), cudaErrorInvalidResourceHandle);
  expect_finding();
}

TEST_F(StreamSemantics, AnErrorStaysUntilItIsFetched) {
  EXPECT_EQ(cudaSetDevice(99), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaPeekAtLastError(), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
}

TEST_F(StreamSemantics, ALaunchThatCannotBeSaysSo) {
  launch_too_many_threads(nullptr);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidConfiguration);
  EXPECT_EQ(cudaSetDevice(1), cudaSuccess);
  cudaStream_t other = make_stream();
  EXPECT_EQ(cudaSetDevice(0), cudaSuccess);
  EXPECT_EQ(launch_update(nullptr, nullptr, 0, other), cudaErrorInvalidConfiguration);  // an empty grid
  EXPECT_EQ(launch_update(nullptr, nullptr, 1, other), cudaErrorInvalidResourceHandle);
  expect_finding();
  EXPECT_EQ(cudaStreamDestroy(other), cudaSuccess);
}

TEST_F(StreamSemantics, InjectedErrorsHitTheCallThatWasNamed) {
  fakecuda::Runtime::instance().injection.plan("cudaEventCreateWithFlags", 2, 0);
  cudaEvent_t event = make_event();
  cudaEvent_t none = nullptr;
  EXPECT_EQ(cudaEventCreateWithFlags(&none, 0), cudaErrorMemoryAllocation);
  EXPECT_EQ(none, nullptr);
  EXPECT_EQ(cudaGetLastError(), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);
}

TEST_F(StreamSemantics, SomeErrorsStayForEver) {
  EXPECT_EQ(cudaSetDevice(3), cudaSuccess);
  fakecuda::Runtime::instance().injection.plan("cudaDeviceSynchronize", 1, cudaErrorIllegalAddress);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorIllegalAddress);
  EXPECT_EQ(cudaGetLastError(), cudaErrorIllegalAddress);
  void* memory = nullptr;
  EXPECT_EQ(cudaMalloc(&memory, 1), cudaErrorIllegalAddress);
  EXPECT_EQ(cudaGetLastError(), cudaErrorIllegalAddress);
  EXPECT_EQ(cudaSetDevice(0), cudaSuccess);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
}

}  // namespace
}  // namespace fakecuda_tests
