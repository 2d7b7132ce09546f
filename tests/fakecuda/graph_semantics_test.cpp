#include <cublas_v2.h>

#include <thread>

#include "tests/doubles/fakecuda/runtime.hpp"
#include "tests/fakecuda/fixture.hpp"
#include "tests/fakecuda/test_kernels.hpp"

namespace fakecuda_tests {
namespace {

using ::testing::ElementsAre;

/// A stream, and memory that starts at 1.
class GraphSemantics : public FakeCuda {
 protected:
  void SetUp() override {
    FakeCuda::SetUp();
    stream = make_stream();
    weights = device_memory(1);
    gradients = device_memory(1);
    upload(weights, {1});
    upload(gradients, {8});
  }
  void TearDown() override {
    EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
    EXPECT_EQ(cudaFree(weights), cudaSuccess);
    EXPECT_EQ(cudaFree(gradients), cudaSuccess);
    FakeCuda::TearDown();
  }

  void begin(cudaStreamCaptureMode mode = cudaStreamCaptureModeThreadLocal) const {
    EXPECT_EQ(cudaStreamBeginCapture(stream, mode), cudaSuccess);
  }
  cudaGraphExec_t end() const {
    cudaGraph_t graph = nullptr;
    EXPECT_EQ(cudaStreamEndCapture(stream, &graph), cudaSuccess);
    cudaGraphExec_t executable = nullptr;
    EXPECT_EQ(cudaGraphInstantiate(&executable, graph, 0), cudaSuccess);
    EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
    return executable;
  }
  /// weights -= gradients / 8
  void update() const { EXPECT_EQ(launch_update(weights, gradients, 1, stream), cudaSuccess); }
  void launch(cudaGraphExec_t graph) const { EXPECT_EQ(cudaGraphLaunch(graph, stream), cudaSuccess); }
  std::vector<float> result() const {
    EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    return download(weights, 1);
  }
  [[nodiscard]] cudaStreamCaptureStatus status() const {
    cudaStreamCaptureStatus now = cudaStreamCaptureStatusNone;
    EXPECT_EQ(cudaStreamIsCapturing(stream, &now), cudaSuccess);
    return now;
  }
  /// What was just done ended the capture, and the stream can be used again.
  void expect_invalidated() const {
    expect_finding();
    EXPECT_EQ(status(), cudaStreamCaptureStatusInvalidated);
    EXPECT_EQ(launch_update(weights, gradients, 1, stream), cudaErrorStreamCaptureInvalidated);
    cudaGraph_t graph = nullptr;
    EXPECT_EQ(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
    EXPECT_EQ(graph, nullptr);
    EXPECT_EQ(status(), cudaStreamCaptureStatusNone);
    update();
    EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  }

  cudaStream_t stream = nullptr;
  float* weights = nullptr;
  float* gradients = nullptr;
};

TEST_F(GraphSemantics, WhatIsCapturedDoesNotRun) {
  begin();
  EXPECT_EQ(status(), cudaStreamCaptureStatusActive);
  update();
  const cudaGraphExec_t graph = end();
  EXPECT_EQ(status(), cudaStreamCaptureStatusNone);
  EXPECT_THAT(result(), ElementsAre(1));
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
}

TEST_F(GraphSemantics, ALaunchRunsAllOfItInOrderAsOftenAsItIsLaunched) {
  begin();
  EXPECT_EQ(cudaMemsetAsync(gradients, 0, sizeof(float), stream), cudaSuccess);
  EXPECT_EQ(launch_gradient(weights, weights, gradients, 1, stream), cudaSuccess);  // w²
  update();
  const cudaGraphExec_t graph = end();
  launch(graph);
  EXPECT_THAT(result(), ElementsAre(0.875F));
  launch(graph);
  EXPECT_THAT(result(), ElementsAre(0.875F - 0.875F * 0.875F / 8));
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
}

TEST_F(GraphSemantics, ArgumentsAreThoseOfTheCapture) {
  float* const captured = weights;
  float* other = device_memory(1);
  upload(other, {5});
  begin();
  update();
  const cudaGraphExec_t graph = end();
  weights = other;  // nothing that the graph would see
  launch(graph);
  EXPECT_THAT(result(), ElementsAre(5));
  weights = captured;
  EXPECT_THAT(result(), ElementsAre(0));
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
  EXPECT_EQ(cudaFree(other), cudaSuccess);
}

TEST_F(GraphSemantics, PinnedMemoryIsReadAtEachLaunch) {
  float* value = pinned_memory(1);
  begin();
  EXPECT_EQ(cudaMemcpyAsync(weights, value, sizeof(float), cudaMemcpyHostToDevice, stream), cudaSuccess);
  const cudaGraphExec_t graph = end();
  for (const float next : {3.0F, 4.0F}) {
    *value = next;
    launch(graph);
    EXPECT_THAT(result(), ElementsAre(next));
  }
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
  EXPECT_EQ(cudaFreeHost(value), cudaSuccess);
}

TEST_F(GraphSemantics, LaunchesOfOneGraphWaitForEachOtherAcrossStreams) {
  begin();
  update();
  const cudaGraphExec_t graph = end();
  cudaStream_t second = make_stream();
  launch(graph);
  EXPECT_EQ(cudaGraphLaunch(graph, second), cudaSuccess);  // no race
  EXPECT_EQ(cudaStreamSynchronize(second), cudaSuccess);
  EXPECT_THAT(result(), ElementsAre(-1));
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(second), cudaSuccess);
}

TEST_F(GraphSemantics, TwoGraphsRaceAsTheirKernelsWould) {
  begin();
  update();
  const cudaGraphExec_t graph = end();
  begin();
  update();
  const cudaGraphExec_t other = end();
  cudaStream_t second = make_stream();
  launch(graph);
  EXPECT_EQ(cudaGraphLaunch(other, second), cudaSuccess);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  expect_finding();
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
  EXPECT_EQ(cudaGraphExecDestroy(other), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(second), cudaSuccess);
}

TEST_F(GraphSemantics, MemoryThatIsGoneIsFoundWhenItRuns) {
  float* const gone = device_memory(1);
  upload(gone, {8});
  begin();
  EXPECT_EQ(launch_update(weights, gone, 1, stream), cudaSuccess);
  const cudaGraphExec_t graph = end();
  EXPECT_EQ(cudaFree(gone), cudaSuccess);
  launch(graph);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  expect_finding();
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
}

TEST_F(GraphSemantics, WhatWasLaunchedGoesOnWhenTheGraphIsDestroyed) {
  begin();
  update();
  const cudaGraphExec_t graph = end();
  launch(graph);
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
  EXPECT_THAT(result(), ElementsAre(0));
}

TEST_F(GraphSemantics, ADestroyedGraphIsRecognised) {
  begin();
  const cudaGraphExec_t graph = end();
  launch(graph);  // of nothing
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
  EXPECT_EQ(cudaGraphLaunch(graph, stream), cudaErrorInvalidValue);
  expect_finding();
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaErrorInvalidValue);
  expect_finding();
}

TEST_F(GraphSemantics, TheCapturingStreamIsNotLookedAt) {
  begin();
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaErrorStreamCaptureUnsupported);
  expect_invalidated();
  begin();
  EXPECT_EQ(cudaStreamQuery(stream), cudaErrorStreamCaptureUnsupported);
  expect_invalidated();
  begin();
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorStreamCaptureUnsupported);
  expect_invalidated();
}

TEST_F(GraphSemantics, OtherDevicesAreWaitedForAsAlways) {
  begin();
  EXPECT_EQ(cudaSetDevice(1), cudaSuccess);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  EXPECT_EQ(cudaSetDevice(0), cudaSuccess);
  EXPECT_EQ(cudaGraphExecDestroy(end()), cudaSuccess);
}

TEST_F(GraphSemantics, MemoryIsNotMadeOrFreedByTheThreadThatCaptures) {
  void* memory = nullptr;
  begin();
  EXPECT_EQ(cudaMalloc(&memory, 1), cudaErrorStreamCaptureUnsupported);
  expect_invalidated();
  begin();
  EXPECT_EQ(cudaFree(gradients), cudaErrorStreamCaptureUnsupported);
  expect_invalidated();
  begin();
  EXPECT_EQ(cudaMallocHost(&memory, 1), cudaErrorStreamCaptureUnsupported);
  expect_invalidated();
}

TEST_F(GraphSemantics, TheModeSaysWhoseCallsAreUnsafe) {
  const auto allocate = [] {
    void* memory = nullptr;
    const cudaError_t made = cudaMalloc(&memory, 1);
    return made == cudaSuccess ? cudaFree(memory) : made;
  };
  const auto allocate_elsewhere = [&] {
    cudaError_t answer = cudaSuccess;
    std::thread{[&] { answer = allocate(); }}.join();
    return answer;
  };
  begin(cudaStreamCaptureModeThreadLocal);
  EXPECT_EQ(allocate_elsewhere(), cudaSuccess);
  EXPECT_EQ(cudaGraphExecDestroy(end()), cudaSuccess);
  begin(cudaStreamCaptureModeRelaxed);
  EXPECT_EQ(allocate(), cudaSuccess);
  EXPECT_EQ(cudaGraphExecDestroy(end()), cudaSuccess);
  begin(cudaStreamCaptureModeGlobal);
  EXPECT_EQ(allocate_elsewhere(), cudaErrorStreamCaptureUnsupported);
  expect_invalidated();
}

TEST_F(GraphSemantics, AnEventInACaptureIsNoneToLookAt) {
  cudaEvent_t event = make_event();
  EXPECT_EQ(cudaEventRecord(event, stream), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  begin();
  EXPECT_EQ(cudaEventRecord(event, stream), cudaSuccess);
  EXPECT_EQ(cudaStreamWaitEvent(stream, event, 0), cudaSuccess);  // it is behind it anyway
  EXPECT_EQ(cudaEventQuery(event), cudaErrorCapturedEvent);
  expect_invalidated();
  EXPECT_EQ(cudaEventSynchronize(event), cudaErrorCapturedEvent);
  expect_finding();
  EXPECT_EQ(cudaEventRecord(event, stream), cudaSuccess);
  EXPECT_EQ(cudaEventSynchronize(event), cudaSuccess);
  EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);
}

TEST_F(GraphSemantics, ACaptureDoesNotWaitForWhatIsOutside) {
  cudaStream_t second = make_stream();
  cudaEvent_t event = make_event();
  EXPECT_EQ(cudaEventRecord(event, second), cudaSuccess);
  begin();
  EXPECT_EQ(cudaStreamWaitEvent(stream, event, 0), cudaErrorStreamCaptureIsolation);
  expect_invalidated();
  begin();
  EXPECT_EQ(cudaEventRecord(event, stream), cudaSuccess);
  EXPECT_EQ(cudaStreamWaitEvent(second, event, 0), cudaErrorNotSupported);  // by the fake
  expect_invalidated();
  EXPECT_EQ(cudaStreamSynchronize(second), cudaSuccess);
  EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(second), cudaSuccess);
}

TEST_F(GraphSemantics, TheDefaultStreamIsLostWhileABlockingStreamCaptures) {
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
  stream = make_stream(cudaStreamDefault);
  begin();
  EXPECT_EQ(cudaMemsetAsync(gradients, 0, sizeof(float), nullptr), cudaErrorStreamCaptureImplicit);
  expect_invalidated();
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
  stream = make_stream();
  begin();
  EXPECT_EQ(cudaMemsetAsync(gradients, 0, sizeof(float), nullptr), cudaSuccess);
  EXPECT_EQ(cudaGraphExecDestroy(end()), cudaSuccess);
}

TEST_F(GraphSemantics, PageableMemoryIsNotCaptured) {
  float value = 0;
  begin();
  EXPECT_EQ(cudaMemcpyAsync(&value, weights, sizeof value, cudaMemcpyDeviceToHost, stream),
            cudaErrorStreamCaptureUnsupported);
  expect_invalidated();
}

TEST_F(GraphSemantics, FunctionsOfTheHostAreNotFaked) {
  begin();
  EXPECT_EQ(cudaLaunchHostFunc(
                stream, [](void*) {}, nullptr),
            cudaErrorNotSupported);
  expect_invalidated();
}

TEST_F(GraphSemantics, CapturesBeginAndEndOnOneThread) {
  cudaGraph_t graph = nullptr;
  begin();
  std::thread{[&] { EXPECT_EQ(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureWrongThread); }}.join();
  EXPECT_EQ(cudaGraphExecDestroy(end()), cudaSuccess);
  begin(cudaStreamCaptureModeRelaxed);
  std::thread{[&] { EXPECT_EQ(cudaStreamEndCapture(stream, &graph), cudaSuccess); }}.join();
  EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
}

TEST_F(GraphSemantics, CapturesThatCannotBe) {
  cudaGraph_t graph = nullptr;
  EXPECT_NE(cudaStreamEndCapture(stream, &graph), cudaSuccess);
  EXPECT_EQ(cudaStreamBeginCapture(nullptr, cudaStreamCaptureModeRelaxed), cudaErrorStreamCaptureUnsupported);
  begin();
  EXPECT_NE(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), cudaSuccess);
  EXPECT_EQ(cudaGraphExecDestroy(end()), cudaSuccess);
  EXPECT_EQ(cudaGraphLaunch(nullptr, stream), cudaErrorInvalidValue);
}

TEST_F(GraphSemantics, CapturesHaveNumbers) {
  unsigned long long first = 0;
  unsigned long long second = 0;
  cudaStreamCaptureStatus now = cudaStreamCaptureStatusNone;
  for (unsigned long long* number : {&first, &second}) {
    begin();
    EXPECT_EQ(cudaStreamGetCaptureInfo(stream, &now, number), cudaSuccess);
    EXPECT_EQ(now, cudaStreamCaptureStatusActive);
    EXPECT_EQ(cudaGraphExecDestroy(end()), cudaSuccess);
  }
  EXPECT_NE(first, second);
}

TEST_F(GraphSemantics, AStreamThatCapturesIsNotDestroyed) {
  cudaStream_t other = make_stream();
  EXPECT_EQ(cudaStreamBeginCapture(other, cudaStreamCaptureModeRelaxed), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(other), cudaSuccess);
  expect_finding();
}

TEST_F(GraphSemantics, AFailedCallOfACaptureDoesNotEndIt) {
  fakecuda::Runtime::instance().injection.plan("cudaLaunchKernel", 1, 0);
  begin();
  EXPECT_EQ(launch_update(weights, gradients, 1, stream), cudaErrorLaunchOutOfResources);
  update();
  const cudaGraphExec_t graph = end();
  launch(graph);
  EXPECT_THAT(result(), ElementsAre(0));
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
}

TEST_F(GraphSemantics, AProductIsCapturedWithItsFactorsAndNeedsAWorkspaceOfItsOwn) {
  cublasHandle_t blas = nullptr;
  EXPECT_EQ(cublasCreate(&blas), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasSetStream(blas, stream), CUBLAS_STATUS_SUCCESS);
  float* workspace = device_memory(256);
  EXPECT_EQ(cublasSetWorkspace(blas, workspace, 1024), CUBLAS_STATUS_SUCCESS);
  float alpha = 2;
  const float beta = 0;
  const auto multiply = [&] {
    return cublasSgemm(blas, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, &alpha, gradients, 1, gradients, 1, &beta, weights, 1);
  };
  begin();
  EXPECT_EQ(multiply(), CUBLAS_STATUS_SUCCESS);
  const cudaGraphExec_t graph = end();
  alpha = 3;
  launch(graph);
  EXPECT_THAT(result(), ElementsAre(128));
  EXPECT_EQ(cublasSetWorkspace(blas, nullptr, 0), CUBLAS_STATUS_SUCCESS);
  begin();
  EXPECT_EQ(multiply(), CUBLAS_STATUS_SUCCESS);
  expect_finding();
  EXPECT_EQ(cudaGraphExecDestroy(end()), cudaSuccess);
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
  EXPECT_EQ(cublasDestroy(blas), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cudaFree(workspace), cudaSuccess);
}

}  // namespace
}  // namespace fakecuda_tests
