// Captures of streams, and graphs: what runs when, with which values, and what must not be called meanwhile.
#include <thread>

#include "tests/cuda/conformance/kernels.hpp"
#include "tests/cuda/conformance/suite.hpp"

namespace lockstep::conformance {
namespace {

class Graphs : public Conformance {
 protected:
  void begin(cudaStreamCaptureMode mode = cudaStreamCaptureModeThreadLocal) {
    EXPECT_EQ(cudaStreamBeginCapture(stream, mode), cudaSuccess);
  }
  cudaGraphExec_t end() {
    cudaGraph_t graph = nullptr;
    EXPECT_EQ(cudaStreamEndCapture(stream, &graph), cudaSuccess);
    cudaGraphExec_t made = nullptr;
    EXPECT_EQ(cudaGraphInstantiate(&made, graph, 0), cudaSuccess);
    EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
    return made;
  }
  void add_to_memory(float value) { add({.stream = stream}, memory.data(), value, 1); }
  float value() {
    EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    return memory.values()[0];
  }
  /// A call that a capture does not allow: it gets an error, and the capture comes to nothing.
  void expect_invalidated(const std::string& call, cudaError_t found, cudaError_t documented) {
    EXPECT_EQ(note(call, found), documented);
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    EXPECT_EQ(cudaStreamIsCapturing(stream, &status), cudaSuccess);
    EXPECT_EQ(note("invalidated", status == cudaStreamCaptureStatusInvalidated), true);
    cudaGraph_t graph = nullptr;
    EXPECT_EQ(note("cudaStreamEndCapture", cudaStreamEndCapture(stream, &graph)), cudaErrorStreamCaptureInvalidated);
    EXPECT_EQ(graph, nullptr);
    (void)cudaGetLastError();
    expect_finding();
    add_to_memory(0);
    EXPECT_EQ(note("then", cudaStreamSynchronize(stream)), cudaSuccess);
  }

  Stream stream;
  Floats memory{{1}};
};

TEST_F(Graphs, WhatIsCapturedRunsWhenItIsLaunched) {
  add_to_memory(0);
  begin();
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  EXPECT_EQ(note("cudaStreamIsCapturing", cudaStreamIsCapturing(stream, &status)), cudaSuccess);
  EXPECT_EQ(note("status", static_cast<int>(status)), static_cast<int>(cudaStreamCaptureStatusActive));
  add_to_memory(2);
  add_to_memory(4);
  const cudaGraphExec_t graph = end();
  EXPECT_EQ(note("before", value()), 1);
  EXPECT_EQ(note("cudaGraphLaunch", cudaGraphLaunch(graph, stream)), cudaSuccess);
  EXPECT_EQ(note("after", value()), 7);
  EXPECT_EQ(note("again", cudaGraphLaunch(graph, stream)), cudaSuccess);
  EXPECT_EQ(note("after", value()), 13);
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
}

TEST_F(Graphs, KeepOrder) {
  begin();
  EXPECT_EQ(cudaMemsetAsync(memory.data(), 0, sizeof(float), stream), cudaSuccess);
  add_to_memory(3);
  const cudaGraphExec_t graph = end();
  for (int launch = 0; launch < 2; ++launch) EXPECT_EQ(cudaGraphLaunch(graph, stream), cudaSuccess);
  EXPECT_EQ(note("value", value()), 3);
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
}

TEST_F(Graphs, ReadPinnedMemoryAtEachLaunch) {
  Pinned source{{2}};
  begin();
  EXPECT_EQ(cudaMemcpyAsync(memory.data(), source.data(), sizeof(float), cudaMemcpyHostToDevice, stream), cudaSuccess);
  const cudaGraphExec_t graph = end();
  source[0] = 5;
  EXPECT_EQ(cudaGraphLaunch(graph, stream), cudaSuccess);
  EXPECT_EQ(note("first", value()), 5);
  source[0] = 6;
  EXPECT_EQ(cudaGraphLaunch(graph, stream), cudaSuccess);
  EXPECT_EQ(note("second", value()), 6);
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
}

TEST_F(Graphs, WaitForWhatTheirStreamDidBefore) {
  begin();
  EXPECT_EQ(cudaMemsetAsync(memory.data(), 0, sizeof(float), stream), cudaSuccess);
  const cudaGraphExec_t graph = end();
  Gate gate{stream};
  EXPECT_EQ(note("cudaGraphLaunch", cudaGraphLaunch(graph, stream)), cudaSuccess);
  EXPECT_EQ(note("behind a gate", cudaStreamQuery(stream)), cudaErrorNotReady);
  (void)cudaGetLastError();
  EXPECT_EQ(note("destroyed meanwhile", cudaGraphExecDestroy(graph)), cudaSuccess);
  gate.open();
  EXPECT_EQ(note("value", value()), 0);
}

TEST_F(Graphs, HoldProductsWithTheirFactors) {
  cublasHandle_t blas = nullptr;
  ASSERT_EQ(cublasCreate(&blas), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasSetStream(blas, stream), CUBLAS_STATUS_SUCCESS);
  Floats factor{{3}};
  Floats workspace{std::vector<float>((4U << 20) / sizeof(float))};
  EXPECT_EQ(cublasSetWorkspace(blas, workspace.data(), 4U << 20), CUBLAS_STATUS_SUCCESS);
  float alpha = 2;
  const float beta = 0;
  const auto multiply = [&] {
    return cublasSgemm(blas, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, &alpha, factor.data(), 1, factor.data(), 1, &beta,
                       memory.data(), 1);
  };
  EXPECT_EQ(multiply(), CUBLAS_STATUS_SUCCESS);
  begin();
  EXPECT_EQ(note("cublasSgemm", multiply()), CUBLAS_STATUS_SUCCESS);
  const cudaGraphExec_t graph = end();
  alpha = 4;
  EXPECT_EQ(cudaMemsetAsync(memory.data(), 0, sizeof(float), stream), cudaSuccess);
  EXPECT_EQ(cudaGraphLaunch(graph, stream), cudaSuccess);
  EXPECT_EQ(note("value", value()), 18);
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
  EXPECT_EQ(cublasDestroy(blas), CUBLAS_STATUS_SUCCESS);
}

TEST_F(Graphs, TheirStreamIsNotWaitedForInACapture) {
  add_to_memory(0);
  begin();
  expect_invalidated("cudaStreamSynchronize", cudaStreamSynchronize(stream), cudaErrorStreamCaptureUnsupported);
}

TEST_F(Graphs, TheirStreamIsNotAskedInACapture) {
  begin();
  expect_invalidated("cudaStreamQuery", cudaStreamQuery(stream), cudaErrorStreamCaptureUnsupported);
}

TEST_F(Graphs, TheirDeviceIsNotWaitedForInACapture) {
  begin();
  expect_invalidated("cudaDeviceSynchronize", cudaDeviceSynchronize(), cudaErrorStreamCaptureUnsupported);
}

TEST_F(Graphs, NorByAnotherThread) {
  begin();
  cudaError_t answer = cudaSuccess;
  std::thread{[&] { answer = cudaDeviceSynchronize(); }}.join();
  expect_invalidated("cudaDeviceSynchronize", answer, cudaErrorStreamCaptureUnsupported);
}

TEST_F(Graphs, MemoryIsNotMadeInACapture) {
  void* made = nullptr;
  begin();
  expect_invalidated("cudaMalloc", cudaMalloc(&made, 1), cudaErrorStreamCaptureUnsupported);
}

TEST_F(Graphs, OtherThreadsMayMakeMemoryMeanwhile) {
  begin(cudaStreamCaptureModeThreadLocal);
  cudaError_t answer = cudaErrorUnknown;
  std::thread{[&] {
    void* made = nullptr;
    answer = cudaMalloc(&made, 1);
    (void)cudaFree(made);
  }}.join();
  EXPECT_EQ(note("cudaMalloc of another thread", answer), cudaSuccess);
  EXPECT_EQ(note("cudaGraphExecDestroy", cudaGraphExecDestroy(end())), cudaSuccess);
}

TEST_F(Graphs, EventsOfACaptureAreNotAsked) {
  Event event;
  begin();
  EXPECT_EQ(cudaEventRecord(event, stream), cudaSuccess);
  expect_invalidated("cudaEventQuery", cudaEventQuery(event), cudaErrorCapturedEvent);
}

TEST_F(Graphs, DoNotWaitForWhatIsOutside) {
  Stream other;
  Event event;
  EXPECT_EQ(cudaEventRecord(event, other), cudaSuccess);
  begin();
  expect_invalidated("cudaStreamWaitEvent", cudaStreamWaitEvent(stream, event, 0), cudaErrorStreamCaptureIsolation);
  EXPECT_EQ(cudaStreamSynchronize(other), cudaSuccess);
}

TEST_F(Graphs, EndOnTheThreadTheyBeganOn) {
  begin();
  cudaGraph_t graph = nullptr;
  cudaError_t answer = cudaSuccess;
  std::thread{[&] { answer = cudaStreamEndCapture(stream, &graph); }}.join();
  EXPECT_EQ(note("cudaStreamEndCapture", answer), cudaErrorStreamCaptureWrongThread);
  (void)cudaStreamEndCapture(stream, &graph);
  if (graph != nullptr) (void)cudaGraphDestroy(graph);
  (void)cudaGetLastError();
}

TEST_F(Graphs, TheDefaultStreamWaitsForBlockingOnesAndMustNotBeUsedMeanwhile) {
  Stream blocking{cudaStreamDefault};
  EXPECT_EQ(cudaStreamBeginCapture(blocking, cudaStreamCaptureModeThreadLocal), cudaSuccess);
  EXPECT_EQ(note("cudaMemsetAsync", cudaMemsetAsync(memory.data(), 0, sizeof(float), nullptr)),
            cudaErrorStreamCaptureImplicit);
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(note("cudaStreamEndCapture", cudaStreamEndCapture(blocking, &graph)), cudaErrorStreamCaptureInvalidated);
  (void)cudaGetLastError();
  expect_finding();
}

TEST_F(Graphs, AreNotOfTheDefaultStream) {
  EXPECT_EQ(note("cudaStreamBeginCapture", cudaStreamBeginCapture(nullptr, cudaStreamCaptureModeRelaxed)),
            cudaErrorStreamCaptureUnsupported);
  (void)cudaGetLastError();
}

}  // namespace
}  // namespace lockstep::conformance
