// Events: which record is meant, and what there is without one.
#include "tests/cuda/conformance/suite.hpp"

namespace lockstep::conformance {
namespace {

class Events : public Conformance {};

TEST_F(Events, NeverRecordedCountAsPassed) {
  Event event;
  EXPECT_EQ(note("cudaEventQuery", cudaEventQuery(event)), cudaSuccess);
  EXPECT_EQ(note("cudaEventSynchronize", cudaEventSynchronize(event)), cudaSuccess);
  expect_finding();
}

TEST_F(Events, AWaitForOneNeverRecordedIsNone) {
  Stream stream;
  Event event;
  EXPECT_EQ(note("cudaStreamWaitEvent", cudaStreamWaitEvent(stream, event, 0)), cudaSuccess);
  expect_finding();
  EXPECT_EQ(note("cudaStreamSynchronize", cudaStreamSynchronize(stream)), cudaSuccess);
}

TEST_F(Events, PassWithTheirStream) {
  Stream stream;
  Event event;
  Gate gate{stream};
  EXPECT_EQ(note("cudaEventRecord", cudaEventRecord(event, stream)), cudaSuccess);
  EXPECT_EQ(note("cudaEventQuery", cudaEventQuery(event)), cudaErrorNotReady);
  note("kept", cudaGetLastError());
  gate.open();
  EXPECT_EQ(note("cudaEventSynchronize", cudaEventSynchronize(event)), cudaSuccess);
  EXPECT_EQ(note("then", cudaEventQuery(event)), cudaSuccess);
}

TEST_F(Events, AStreamWaitsForThem) {
  Stream first;
  Stream second;
  Event event;
  Floats memory{{1}};
  Gate gate{first};
  EXPECT_EQ(cudaMemsetAsync(memory.data(), 0, sizeof(float), first), cudaSuccess);
  EXPECT_EQ(cudaEventRecord(event, first), cudaSuccess);
  EXPECT_EQ(note("cudaStreamWaitEvent", cudaStreamWaitEvent(second, event, 0)), cudaSuccess);
  EXPECT_EQ(cudaMemsetAsync(memory.data(), 0x41, sizeof(float), second), cudaSuccess);
  EXPECT_EQ(note("cudaStreamQuery", cudaStreamQuery(second)), cudaErrorNotReady);
  gate.open();
  EXPECT_EQ(cudaStreamSynchronize(second), cudaSuccess);
  EXPECT_EQ(note("first", cudaStreamQuery(first)), cudaSuccess);
  EXPECT_NE(memory.values()[0], 0);
}

TEST_F(Events, AWaitMeansTheLatestRecordAtItsTime) {
  Stream first;
  Stream second;
  Event event;
  EXPECT_EQ(cudaEventRecord(event, first), cudaSuccess);
  EXPECT_EQ(cudaStreamWaitEvent(second, event, 0), cudaSuccess);
  Gate gate{first};
  EXPECT_EQ(cudaEventRecord(event, first), cudaSuccess);
  EXPECT_EQ(note("a wait before the second record", cudaStreamSynchronize(second)), cudaSuccess);
  EXPECT_EQ(note("the event", cudaEventQuery(event)), cudaErrorNotReady);
  EXPECT_EQ(cudaStreamWaitEvent(second, event, 0), cudaSuccess);
  EXPECT_EQ(note("a wait after it", cudaStreamQuery(second)), cudaErrorNotReady);
}

TEST_F(Events, AQueryMeansTheLatestRecord) {
  Stream first;
  Stream second;
  Event event;
  Gate gate{first};
  EXPECT_EQ(cudaEventRecord(event, first), cudaSuccess);
  EXPECT_EQ(cudaEventRecord(event, second), cudaSuccess);
  EXPECT_EQ(note("cudaEventSynchronize", cudaEventSynchronize(event)), cudaSuccess) << "the first record is forgotten";
  EXPECT_EQ(note("first stream", cudaStreamQuery(first)), cudaErrorNotReady);
}

TEST_F(Events, AWaitGoesOnWithoutTheEvent) {
  Stream first;
  Stream second;
  cudaEvent_t event = nullptr;
  EXPECT_EQ(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), cudaSuccess);
  Gate gate{first};
  EXPECT_EQ(cudaEventRecord(event, first), cudaSuccess);
  EXPECT_EQ(cudaStreamWaitEvent(second, event, 0), cudaSuccess);
  EXPECT_EQ(note("cudaEventDestroy", cudaEventDestroy(event)), cudaSuccess);
  EXPECT_EQ(note("waits", cudaStreamQuery(second)), cudaErrorNotReady);
  gate.open();
  EXPECT_EQ(note("and ends", cudaStreamSynchronize(second)), cudaSuccess);
}

TEST_F(Events, NoTimeWithoutARecord) {
  Event start;
  Event end;
  float milliseconds = 0;
  EXPECT_EQ(note("neither", cudaEventElapsedTime(&milliseconds, start, end)), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaEventRecord(start, nullptr), cudaSuccess);
  EXPECT_EQ(note("one", cudaEventElapsedTime(&milliseconds, start, end)), cudaErrorInvalidResourceHandle);
}

TEST_F(Events, NoTimeBeforeTheyHavePassed) {
  Stream stream;
  Event start;
  Event end;
  float milliseconds = -1;
  EXPECT_EQ(cudaEventRecord(start, stream), cudaSuccess);
  Gate gate{stream};
  EXPECT_EQ(cudaEventRecord(end, stream), cudaSuccess);
  EXPECT_EQ(note("before", cudaEventElapsedTime(&milliseconds, start, end)), cudaErrorNotReady);
  gate.open();
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(note("after", cudaEventElapsedTime(&milliseconds, start, end)), cudaSuccess);
  EXPECT_TRUE(note("not negative", milliseconds >= 0));
}

TEST_F(Events, NoTimeOfUntimedOnes) {
  Event start;
  Event end{cudaEventDisableTiming};
  EXPECT_EQ(cudaEventRecord(start, nullptr), cudaSuccess);
  EXPECT_EQ(cudaEventRecord(end, nullptr), cudaSuccess);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  float milliseconds = 0;
  EXPECT_EQ(note("cudaEventElapsedTime", cudaEventElapsedTime(&milliseconds, start, end)),
            cudaErrorInvalidResourceHandle);
}

TEST_F(Events, OfFlagsThatThereAreNot) {
  cudaEvent_t event = nullptr;
  EXPECT_EQ(note("cudaEventCreateWithFlags", cudaEventCreateWithFlags(&event, 0x80)), cudaErrorInvalidValue);
}

TEST_F(Events, NoEvent) {
  Stream stream;
  EXPECT_EQ(note("cudaEventRecord", cudaEventRecord(nullptr, stream)), cudaErrorInvalidResourceHandle);
  expect_finding();
  EXPECT_EQ(note("cudaStreamWaitEvent", cudaStreamWaitEvent(stream, nullptr, 0)), cudaErrorInvalidResourceHandle);
  expect_finding();
}

TEST_F(Events, OfAnotherDevice) {
  if (!needs_gpus(2)) GTEST_SKIP() << "needs 2 GPUs";
  Event here;
  EXPECT_EQ(cudaSetDevice(1), cudaSuccess);
  {
    Stream there;
    EXPECT_EQ(note("cudaEventRecord", cudaEventRecord(here, there)), cudaErrorInvalidResourceHandle);
    expect_finding();
    EXPECT_EQ(cudaSetDevice(0), cudaSuccess);
    EXPECT_EQ(cudaEventRecord(here, nullptr), cudaSuccess);
    EXPECT_EQ(note("cudaStreamWaitEvent", cudaStreamWaitEvent(there, here, 0)), cudaSuccess);
    EXPECT_EQ(note("cudaStreamSynchronize", cudaStreamSynchronize(there)), cudaSuccess);
  }
}

}  // namespace
}  // namespace lockstep::conformance
