// NCCL with one rank, and groups.
#include <array>
#include <vector>

#include "tests/cuda/conformance/suite.hpp"

namespace lockstep::conformance {
namespace {

using ::testing::ElementsAre;

class Nccl : public Conformance {
 protected:
  // Communicators take long to make.
  static void SetUpTestSuite() {
    ASSERT_EQ(cudaSetDevice(0), cudaSuccess);
    const int device = 0;
    ASSERT_EQ(ncclCommInitAll(&one_, 1, &device), ncclSuccess);
  }
  static void TearDownTestSuite() { EXPECT_EQ(ncclCommDestroy(one_), ncclSuccess); }

  static ncclComm_t one() { return one_; }

  /// What a collective of one rank makes of its input, beside it and in place.
  void expect_copies(const auto& collective) {
    Stream stream;
    Floats from{{1, 2, 3}};
    Floats to{{0, 0, 0}};
    EXPECT_EQ(note("beside", collective(from.data(), to.data(), stream)), ncclSuccess);
    EXPECT_EQ(note("in place", collective(from.data(), from.data(), stream)), ncclSuccess);
    EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    EXPECT_THAT(to.values(), ElementsAre(1, 2, 3));
    EXPECT_THAT(from.values(), ElementsAre(1, 2, 3));
    note("last", to.values()[2]);
  }

 private:
  inline static ncclComm_t one_ = nullptr;
};

TEST_F(Nccl, Version) {
  int version = 0;
  EXPECT_EQ(note("ncclGetVersion", ncclGetVersion(&version)), ncclSuccess);
  EXPECT_EQ(note("major version", version / 10000), 2);
}

TEST_F(Nccl, KnowsItsPlace) {
  int ranks = -1;
  int rank = -1;
  int device = -1;
  EXPECT_EQ(note("ncclCommCount", ncclCommCount(one(), &ranks)), ncclSuccess);
  EXPECT_EQ(ncclCommUserRank(one(), &rank), ncclSuccess);
  EXPECT_EQ(ncclCommCuDevice(one(), &device), ncclSuccess);
  EXPECT_EQ(note("ranks", ranks), 1);
  EXPECT_EQ(note("rank", rank), 0);
  EXPECT_EQ(note("device", device), 0);
}

TEST_F(Nccl, ByAUniqueId) {
  ncclUniqueId id = {};
  ncclComm_t comm = nullptr;
  EXPECT_EQ(note("ncclGetUniqueId", ncclGetUniqueId(&id)), ncclSuccess);
  EXPECT_EQ(note("ncclCommInitRank", ncclCommInitRank(&comm, 1, id, 0)), ncclSuccess);
  EXPECT_EQ(note("ncclCommFinalize", ncclCommFinalize(comm)), ncclSuccess);
  EXPECT_EQ(note("ncclCommDestroy", ncclCommDestroy(comm)), ncclSuccess);
}

TEST_F(Nccl, RanksThatThereAreNot) {
  ncclUniqueId id = {};
  ncclComm_t comm = nullptr;
  EXPECT_EQ(ncclGetUniqueId(&id), ncclSuccess);
  EXPECT_EQ(note("rank 1 of 1", ncclCommInitRank(&comm, 1, id, 1)), ncclInvalidArgument);
  EXPECT_EQ(note("of no ranks", ncclCommInitRank(&comm, 0, id, 0)), ncclInvalidArgument);
}

TEST_F(Nccl, ADeviceTwice) {
  const int devices[] = {0, 0};
  std::array<ncclComm_t, 2> comms = {};
  EXPECT_EQ(note("ncclCommInitAll", ncclCommInitAll(comms.data(), 2, devices)), ncclInvalidUsage);
}

TEST_F(Nccl, AllReduce) {
  expect_copies([](const float* from, float* to, cudaStream_t stream) {
    return ncclAllReduce(from, to, 3, ncclFloat32, ncclSum, one(), stream);
  });
}

TEST_F(Nccl, EveryReductionOfOneIsItself) {
  for (const ncclRedOp_t op : {ncclProd, ncclMax, ncclMin, ncclAvg})
    expect_copies([op](const float* from, float* to, cudaStream_t stream) {
      return ncclAllReduce(from, to, 3, ncclFloat32, op, one(), stream);
    });
}

TEST_F(Nccl, Reduce) {
  expect_copies([](const float* from, float* to, cudaStream_t stream) {
    return ncclReduce(from, to, 3, ncclFloat32, ncclSum, 0, one(), stream);
  });
}

TEST_F(Nccl, Broadcast) {
  expect_copies([](const float* from, float* to, cudaStream_t stream) {
    return ncclBroadcast(from, to, 3, ncclFloat32, 0, one(), stream);
  });
}

TEST_F(Nccl, AllGather) {
  expect_copies([](const float* from, float* to, cudaStream_t stream) {
    return ncclAllGather(from, to, 3, ncclFloat32, one(), stream);
  });
}

TEST_F(Nccl, ReduceScatter) {
  expect_copies([](const float* from, float* to, cudaStream_t stream) {
    return ncclReduceScatter(from, to, 3, ncclFloat32, ncclSum, one(), stream);
  });
}

TEST_F(Nccl, SendsToItself) {
  expect_copies([](const float* from, float* to, cudaStream_t stream) {
    if (from == to) return ncclSuccess;
    EXPECT_EQ(ncclGroupStart(), ncclSuccess);
    EXPECT_EQ(ncclSend(from, 3, ncclFloat32, 0, one(), stream), ncclSuccess);
    EXPECT_EQ(ncclRecv(to, 3, ncclFloat32, 0, one(), stream), ncclSuccess);
    return ncclGroupEnd();
  });
}

TEST_F(Nccl, OperationsAreInTheirStreamsOrder) {
  Stream stream;
  Floats from{{1}};
  Floats to{{0}};
  Pinned value{{5}};
  Gate gate{stream};
  EXPECT_EQ(cudaMemcpyAsync(from.data(), value.data(), sizeof(float), cudaMemcpyHostToDevice, stream), cudaSuccess);
  EXPECT_EQ(note("ncclAllReduce", ncclAllReduce(from.data(), to.data(), 1, ncclFloat32, ncclSum, one(), stream)),
            ncclSuccess);
  EXPECT_EQ(note("behind a gate", cudaStreamQuery(stream)), cudaErrorNotReady);
  gate.open();
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(note("value", to.values()[0]), 5);
}

TEST_F(Nccl, OfNoElements) {
  Stream stream;
  Floats memory{{1}};
  EXPECT_EQ(note("ncclAllReduce", ncclAllReduce(memory.data(), memory.data(), 0, ncclFloat32, ncclSum, one(), stream)),
            ncclSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
}

TEST_F(Nccl, ArgumentsThatMakeNoSense) {
  Stream stream;
  Floats memory{{1}};
  float* data = memory.data();
  EXPECT_EQ(note("root 1 of 1", ncclBroadcast(data, data, 1, ncclFloat32, 1, one(), stream)), ncclInvalidArgument);
  EXPECT_EQ(note("root -1", ncclReduce(data, data, 1, ncclFloat32, ncclSum, -1, one(), stream)), ncclInvalidArgument);
  EXPECT_EQ(note("type", ncclAllReduce(data, data, 1, ncclNumTypes, ncclSum, one(), stream)), ncclInvalidArgument);
  EXPECT_EQ(note("reduction", ncclAllReduce(data, data, 1, ncclFloat32, ncclNumOps, one(), stream)),
            ncclInvalidArgument);
  EXPECT_EQ(note("peer", ncclSend(data, 1, ncclFloat32, 1, one(), stream)), ncclInvalidArgument);
}

TEST_F(Nccl, Groups) {
  EXPECT_EQ(note("of nothing", ncclGroupStart()), ncclSuccess);
  EXPECT_EQ(ncclGroupEnd(), ncclSuccess);
  Stream stream;
  Floats first{{1}};
  Floats second{{0}};
  EXPECT_EQ(ncclGroupStart(), ncclSuccess);
  EXPECT_EQ(note("inside another", ncclGroupStart()), ncclSuccess);
  EXPECT_EQ(ncclAllReduce(first.data(), second.data(), 1, ncclFloat32, ncclSum, one(), stream), ncclSuccess);
  EXPECT_EQ(note("inner end", ncclGroupEnd()), ncclSuccess);
  EXPECT_EQ(note("outer end", ncclGroupEnd()), ncclSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(note("value", second.values()[0]), 1);
}

TEST_F(Nccl, AGroupWithAnErrorFails) {
  Stream stream;
  Floats memory{{1}};
  EXPECT_EQ(ncclGroupStart(), ncclSuccess);
  EXPECT_EQ(note("call", ncclBroadcast(memory.data(), memory.data(), 1, ncclFloat32, 1, one(), stream)),
            ncclInvalidArgument);
  EXPECT_EQ(note("end", ncclGroupEnd()), ncclInvalidArgument);
  EXPECT_EQ(note("next group", ncclGroupStart()), ncclSuccess);
  EXPECT_EQ(ncclGroupEnd(), ncclSuccess);
}

TEST_F(Nccl, HasNoAsynchronousError) {
  ncclResult_t error = ncclInProgress;
  EXPECT_EQ(note("ncclCommGetAsyncError", ncclCommGetAsyncError(one(), &error)), ncclSuccess);
  EXPECT_EQ(note("error", error), ncclSuccess);
}

TEST_F(Nccl, Splits) {
  ncclComm_t same = nullptr;
  ncclComm_t none = one();
  EXPECT_EQ(note("ncclCommSplit", ncclCommSplit(one(), 3, 0, &same, nullptr)), ncclSuccess);
  int ranks = 0;
  EXPECT_EQ(ncclCommCount(same, &ranks), ncclSuccess);
  EXPECT_EQ(note("ranks", ranks), 1);
  EXPECT_EQ(ncclCommDestroy(same), ncclSuccess);
  EXPECT_EQ(note("of no color", ncclCommSplit(one(), NCCL_SPLIT_NOCOLOR, 0, &none, nullptr)), ncclSuccess);
  EXPECT_TRUE(note("is null", none == nullptr));
}

TEST_F(Nccl, IsAborted) {
  const int device = 0;
  ncclComm_t comm = nullptr;
  EXPECT_EQ(ncclCommInitAll(&comm, 1, &device), ncclSuccess);
  EXPECT_EQ(note("ncclCommAbort", ncclCommAbort(comm)), ncclSuccess);
}

TEST_F(Nccl, TwoRanksOperationsReachStreamsAtTheGroupsEnd) {
  if (!needs_gpus(2)) GTEST_SKIP() << "needs 2 GPUs";
  std::array<ncclComm_t, 2> comms = {};
  ASSERT_EQ(ncclCommInitAll(comms.data(), 2, nullptr), ncclSuccess);
  {
    Floats here{{1}};
    Stream stream_here;
    EXPECT_EQ(cudaSetDevice(1), cudaSuccess);
    Floats there{{2}};
    Stream stream_there;
    EXPECT_EQ(ncclGroupStart(), ncclSuccess);
    EXPECT_EQ(ncclAllReduce(here.data(), here.data(), 1, ncclFloat32, ncclSum, comms[0], stream_here), ncclSuccess);
    EXPECT_EQ(ncclAllReduce(there.data(), there.data(), 1, ncclFloat32, ncclSum, comms[1], stream_there), ncclSuccess);
    EXPECT_EQ(note("inside the group", cudaStreamQuery(stream_here)), cudaSuccess) << "nothing is queued yet";
    EXPECT_EQ(note("ncclGroupEnd", ncclGroupEnd()), ncclSuccess);
    EXPECT_EQ(cudaStreamSynchronize(stream_there), cudaSuccess);
    EXPECT_EQ(cudaStreamSynchronize(stream_here), cudaSuccess);
    EXPECT_EQ(note("sum", there.values()[0]), 3);
    EXPECT_EQ(cudaSetDevice(0), cudaSuccess);
  }
  for (ncclComm_t comm : comms) EXPECT_EQ(ncclCommDestroy(comm), ncclSuccess);
}

}  // namespace
}  // namespace lockstep::conformance
