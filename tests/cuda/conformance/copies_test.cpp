// Copies and fills: what is read when, and for what the host waits.
#include <cstring>
#include <vector>

#include "tests/cuda/conformance/suite.hpp"

namespace lockstep::conformance {
namespace {

using ::testing::ElementsAre;

class Copies : public Conformance {};

constexpr std::size_t one = sizeof(float);

TEST_F(Copies, ThereAndBack) {
  const std::vector<float> values{1, 2, 3};
  std::vector<float> result(3);
  Floats memory{{0, 0, 0}};
  EXPECT_EQ(note("to", cudaMemcpy(memory.data(), values.data(), 3 * one, cudaMemcpyHostToDevice)), cudaSuccess);
  EXPECT_EQ(note("from", cudaMemcpy(result.data(), memory.data(), 3 * one, cudaMemcpyDeviceToHost)), cudaSuccess);
  EXPECT_EQ(note("last", result[2]), 3);
  EXPECT_THAT(result, ElementsAre(1, 2, 3));
}

TEST_F(Copies, OfAPart) {
  Floats memory{{1, 2, 3, 4}};
  const float value = 9;
  EXPECT_EQ(note("into the middle", cudaMemcpy(memory.data() + 1, &value, one, cudaMemcpyHostToDevice)), cudaSuccess);
  EXPECT_THAT(memory.values(), ElementsAre(1, 9, 3, 4));
}

TEST_F(Copies, TheRuntimeFindsTheDirection) {
  Floats memory{{0}};
  float value = 7;
  EXPECT_EQ(note("to", cudaMemcpy(memory.data(), &value, one, cudaMemcpyDefault)), cudaSuccess);
  value = 0;
  EXPECT_EQ(note("from", cudaMemcpy(&value, memory.data(), one, cudaMemcpyDefault)), cudaSuccess);
  EXPECT_EQ(note("value", value), 7);
}

TEST_F(Copies, OnTheHost) {
  const float from = 5;
  float to = 0;
  EXPECT_EQ(note("cudaMemcpy", cudaMemcpy(&to, &from, one, cudaMemcpyHostToHost)), cudaSuccess);
  EXPECT_EQ(note("value", to), 5);
}

TEST_F(Copies, OfNothing) {
  Floats memory{{1}};
  const float value = 2;
  EXPECT_EQ(note("cudaMemcpy", cudaMemcpy(memory.data(), &value, 0, cudaMemcpyHostToDevice)), cudaSuccess);
  EXPECT_EQ(note("cudaMemset", cudaMemset(memory.data(), 0, 0)), cudaSuccess);
  EXPECT_EQ(note("value", memory.values()[0]), 1);
}

TEST_F(Copies, InADirectionThatThereIsNot) {
  Floats memory{{1}};
  const float value = 2;
  const auto nowhere = static_cast<cudaMemcpyKind>(7);
  EXPECT_EQ(note("cudaMemcpy", cudaMemcpy(memory.data(), &value, one, nowhere)), cudaErrorInvalidMemcpyDirection);
  EXPECT_EQ(note("value", memory.values()[0]), 1);
}

TEST_F(Copies, APageableSourceIsReadAtTheCall) {
  Stream stream;
  Floats memory{{0}};
  float value = 1;
  EXPECT_EQ(note("cudaMemcpyAsync", cudaMemcpyAsync(memory.data(), &value, one, cudaMemcpyHostToDevice, stream)),
            cudaSuccess);
  value = 2;
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(note("value", memory.values()[0]), 1);
}

TEST_F(Copies, APinnedSourceIsReadWhenTheCopyRuns) {
  Stream stream;
  Floats memory{{0}};
  Pinned value{{1}};
  Gate gate{stream};
  EXPECT_EQ(note("cudaMemcpyAsync", cudaMemcpyAsync(memory.data(), value.data(), one, cudaMemcpyHostToDevice, stream)),
            cudaSuccess);
  value[0] = 2;
  gate.open();
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(note("value", memory.values()[0]), 2);
}

TEST_F(Copies, APinnedDestinationIsWrittenWhenTheCopyRuns) {
  Stream stream;
  Floats memory{{1}};
  Pinned value{{0}};
  Gate gate{stream};
  EXPECT_EQ(cudaMemcpyAsync(value.data(), memory.data(), one, cudaMemcpyDeviceToHost, stream), cudaSuccess);
  EXPECT_EQ(note("before", value[0]), 0);
  gate.open();
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(note("after", value[0]), 1);
}

TEST_F(Copies, APageableDestinationMakesTheHostWait) {
  Stream stream;
  Floats memory{{5}};
  float value = 0;
  EXPECT_EQ(note("cudaMemcpyAsync", cudaMemcpyAsync(&value, memory.data(), one, cudaMemcpyDeviceToHost, stream)),
            cudaSuccess);
  EXPECT_EQ(note("value when it returns", value), 5);
  EXPECT_EQ(note("cudaStreamQuery", cudaStreamQuery(stream)), cudaSuccess);
}

TEST_F(Copies, OnADeviceTheHostDoesNotWait) {
  Floats from{{3}};
  Floats to{{0}};
  Event event;
  Gate gate{nullptr};
  EXPECT_EQ(note("cudaMemcpy", cudaMemcpy(to.data(), from.data(), one, cudaMemcpyDeviceToDevice)), cudaSuccess);
  EXPECT_EQ(cudaEventRecord(event, nullptr), cudaSuccess);
  EXPECT_EQ(note("when it returns", cudaEventQuery(event)), cudaErrorNotReady);
  gate.open();
  EXPECT_EQ(cudaEventSynchronize(event), cudaSuccess);
  EXPECT_EQ(note("value", to.values()[0]), 3);
}

TEST_F(Copies, BetweenPeersThatAreOne) {
  Stream stream;
  Floats from{{4}};
  Floats to{{0}};
  EXPECT_EQ(note("cudaMemcpyPeerAsync", cudaMemcpyPeerAsync(to.data(), 0, from.data(), 0, one, stream)), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(note("value", to.values()[0]), 4);
}

TEST_F(Copies, BetweenDevicesNeedNoPeerAccess) {
  if (!needs_gpus(2)) GTEST_SKIP() << "needs 2 GPUs";
  Floats from{{4}};
  EXPECT_EQ(cudaSetDevice(1), cudaSuccess);
  {
    Stream stream;
    Floats to{{0}};
    EXPECT_EQ(note("cudaMemcpyPeerAsync", cudaMemcpyPeerAsync(to.data(), 1, from.data(), 0, one, stream)), cudaSuccess);
    EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    EXPECT_EQ(note("value", to.values()[0]), 4);
  }
  EXPECT_EQ(cudaSetDevice(0), cudaSuccess);
}

TEST_F(Copies, FillsAreOfBytes) {
  Stream stream;
  Floats memory{{7, 7, 7}};
  Pinned result{{0}};
  EXPECT_EQ(note("cudaMemset", cudaMemset(memory.data(), 0, 2 * one)), cudaSuccess);
  EXPECT_THAT(memory.values(), ElementsAre(0, 0, 7));
  EXPECT_EQ(note("cudaMemsetAsync", cudaMemsetAsync(memory.data() + 1, 0x141, one, stream)), cudaSuccess);
  EXPECT_EQ(cudaMemcpyAsync(result.data(), memory.data() + 1, one, cudaMemcpyDeviceToHost, stream), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  unsigned bits = 0;
  std::memcpy(&bits, result.data(), sizeof bits);
  EXPECT_EQ(note("4 bytes of 0x141", bits), 0x41414141U) << "only the lowest byte counts";
}

TEST_F(Copies, AsTheirStreamOrdersThem) {
  Stream stream;
  Floats first{{0}};
  Floats second{{0}};
  Pinned value{{6}};
  Pinned result{{0}};
  EXPECT_EQ(cudaMemcpyAsync(first.data(), value.data(), one, cudaMemcpyHostToDevice, stream), cudaSuccess);
  EXPECT_EQ(cudaMemcpyAsync(second.data(), first.data(), one, cudaMemcpyDeviceToDevice, stream), cudaSuccess);
  EXPECT_EQ(cudaMemcpyAsync(result.data(), second.data(), one, cudaMemcpyDeviceToHost, stream), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(note("value", result[0]), 6);
}

}  // namespace
}  // namespace lockstep::conformance
