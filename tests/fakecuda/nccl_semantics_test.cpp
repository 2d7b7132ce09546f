#include <array>
#include <cstdlib>
#include <numeric>
#include <thread>

#include "tests/doubles/fakecuda/runtime.hpp"
#include "tests/fakecuda/fixture.hpp"

namespace fakecuda_tests {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr int ranks = 3;

/// Three ranks, driven by the test's thread.
class NcclSemantics : public FakeCuda {
 protected:
  void SetUp() override {
    FakeCuda::SetUp();
    ASSERT_EQ(ncclCommInitAll(comms.data(), ranks, nullptr), ncclSuccess);
    for (int rank = 0; rank < ranks; ++rank) {
      at(rank);
      streams[index(rank)] = make_stream();
      buffers[index(rank)] = device_memory(6);
      upload(buffers[index(rank)], {1.0F * static_cast<float>(rank), 1, 2, 3, 4, 5});
    }
  }

  void TearDown() override {
    for (int rank = 0; rank < ranks; ++rank) {
      at(rank);
      EXPECT_EQ(ncclCommDestroy(comms[index(rank)]), ncclSuccess);  // null where a test has aborted it
      EXPECT_EQ(cudaFree(buffers[index(rank)]), cudaSuccess);
      EXPECT_EQ(cudaStreamDestroy(streams[index(rank)]), cudaSuccess);
    }
    FakeCuda::TearDown();
  }

  static std::size_t index(int rank) { return static_cast<std::size_t>(rank); }
  static void at(int rank) { EXPECT_EQ(cudaSetDevice(rank), cudaSuccess); }

  /// Calls `operation(buffer, communicator, stream, rank)` for every rank in one group.
  void in_group(auto&& operation) {
    EXPECT_EQ(ncclGroupStart(), ncclSuccess);
    for (int rank = 0; rank < ranks; ++rank)
      EXPECT_EQ(operation(buffers[index(rank)], comms[index(rank)], streams[index(rank)], rank), ncclSuccess);
    EXPECT_EQ(ncclGroupEnd(), ncclSuccess);
  }

  std::vector<float> values(int rank) {
    at(rank);
    EXPECT_EQ(cudaStreamSynchronize(streams[index(rank)]), cudaSuccess);
    return download(buffers[index(rank)], 6);
  }

  std::array<ncclComm_t, ranks> comms = {};
  std::array<cudaStream_t, ranks> streams = {};
  std::array<float*, ranks> buffers = {};
};

TEST_F(NcclSemantics, SumsOverRanks) {
  in_group([](float* buffer, ncclComm_t comm, cudaStream_t stream, int) {
    return ncclAllReduce(buffer, buffer, 6, ncclFloat32, ncclSum, comm, stream);
  });
  for (int rank = 0; rank < ranks; ++rank) EXPECT_THAT(values(rank), ElementsAre(3, 3, 6, 9, 12, 15));
}

TEST_F(NcclSemantics, BroadcastsReducesAndAverages) {
  in_group([](float* buffer, ncclComm_t comm, cudaStream_t stream, int) {
    return ncclReduce(buffer, buffer, 1, ncclFloat32, ncclMax, 1, comm, stream);
  });
  EXPECT_EQ(values(0)[0], 0);
  EXPECT_EQ(values(1)[0], 2);
  in_group([](float* buffer, ncclComm_t comm, cudaStream_t stream, int) {
    return ncclBroadcast(buffer, buffer, 1, ncclFloat32, 1, comm, stream);
  });
  EXPECT_EQ(values(0)[0], 2);
  in_group([](float* buffer, ncclComm_t comm, cudaStream_t stream, int) {
    return ncclAllReduce(buffer, buffer, 2, ncclFloat32, ncclAvg, comm, stream);
  });
  EXPECT_EQ(values(2)[0], 2);
  EXPECT_EQ(values(2)[1], 1);
}

TEST_F(NcclSemantics, GathersAndScattersInPlace) {
  in_group([](float* buffer, ncclComm_t comm, cudaStream_t stream, int rank) {
    return ncclReduceScatter(buffer, buffer + 2 * rank, 2, ncclFloat32, ncclSum, comm, stream);
  });
  EXPECT_EQ(values(1)[2], 6);
  in_group([](float* buffer, ncclComm_t comm, cudaStream_t stream, int rank) {
    return ncclAllGather(buffer + 2 * rank, buffer, 2, ncclFloat32, comm, stream);
  });
  for (int rank = 0; rank < ranks; ++rank) EXPECT_THAT(values(rank), ElementsAre(3, 3, 6, 9, 12, 15));
}

TEST_F(NcclSemantics, SendsInARing) {
  EXPECT_EQ(ncclGroupStart(), ncclSuccess);
  for (int rank = 0; rank < ranks; ++rank) {
    float* buffer = buffers[index(rank)];
    EXPECT_EQ(ncclSend(buffer, 1, ncclFloat32, (rank + 1) % ranks, comms[index(rank)], streams[index(rank)]),
              ncclSuccess);
    EXPECT_EQ(
        ncclRecv(buffer + 5, 1, ncclFloat32, (rank + ranks - 1) % ranks, comms[index(rank)], streams[index(rank)]),
        ncclSuccess);
  }
  EXPECT_EQ(ncclGroupEnd(), ncclSuccess);
  for (int rank = 0; rank < ranks; ++rank) EXPECT_EQ(values(rank)[5], static_cast<float>((rank + ranks - 1) % ranks));
}

TEST_F(NcclSemantics, OperationsReachStreamsAtTheOutermostEnd) {
  EXPECT_EQ(ncclGroupStart(), ncclSuccess);
  EXPECT_EQ(ncclGroupStart(), ncclSuccess);
  for (int rank = 0; rank < ranks; ++rank)
    EXPECT_EQ(ncclAllReduce(buffers[index(rank)], buffers[index(rank)], 1, ncclFloat32, ncclSum, comms[index(rank)],
                            streams[index(rank)]),
              ncclSuccess);
  EXPECT_EQ(ncclGroupEnd(), ncclSuccess);
  at(0);
  EXPECT_EQ(cudaStreamQuery(streams[0]), cudaSuccess);
  EXPECT_EQ(ncclGroupEnd(), ncclSuccess);
  EXPECT_EQ(values(0)[0], 3);
}

TEST_F(NcclSemantics, AWrongArgumentInAGroupFailsTheGroup) {
  EXPECT_EQ(ncclGroupStart(), ncclSuccess);
  EXPECT_EQ(ncclBroadcast(buffers[0], buffers[0], 1, ncclFloat32, ranks, comms[0], streams[0]), ncclInvalidArgument);
  EXPECT_EQ(ncclGroupEnd(), ncclInvalidArgument);
  EXPECT_EQ(ncclGroupEnd(), ncclInvalidUsage);
  expect_finding();
}

TEST_F(NcclSemantics, BuffersMayOverlapOnlyInPlace) {
  EXPECT_EQ(ncclAllReduce(buffers[0], buffers[0] + 1, 2, ncclFloat32, ncclSum, comms[0], streams[0]),
            ncclInvalidArgument);
  expect_finding();
}

TEST_F(NcclSemantics, SplitsByColorAndKey) {
  std::array<ncclComm_t, ranks> made = {};
  EXPECT_EQ(ncclGroupStart(), ncclSuccess);
  for (int rank = 0; rank < ranks; ++rank)
    EXPECT_EQ(ncclCommSplit(comms[index(rank)], rank < 2 ? 0 : NCCL_SPLIT_NOCOLOR, -rank, &made[index(rank)], nullptr),
              ncclSuccess);
  EXPECT_EQ(ncclGroupEnd(), ncclSuccess);
  int rank = -1;
  int count = 0;
  EXPECT_EQ(ncclCommUserRank(made[0], &rank), ncclSuccess);
  EXPECT_EQ(ncclCommCount(made[0], &count), ncclSuccess);
  EXPECT_EQ(rank, 1);  // the key turns the order round
  EXPECT_EQ(count, 2);
  EXPECT_EQ(made[2], nullptr);
  for (int member = 0; member < 2; ++member) EXPECT_EQ(ncclCommDestroy(made[index(member)]), ncclSuccess);
}

TEST_F(NcclSemantics, AnAbortReleasesItsRankAndTellsTheOthers) {
  EXPECT_EQ(ncclAllReduce(buffers[0], buffers[0], 1, ncclFloat32, ncclSum, comms[0], streams[0]), ncclSuccess);
  ncclResult_t error = ncclSuccess;
  EXPECT_EQ(ncclCommGetAsyncError(comms[1], &error), ncclSuccess);
  EXPECT_EQ(error, ncclSuccess);
  std::thread watchdog{[&] { EXPECT_EQ(ncclCommAbort(comms[0]), ncclSuccess); }};
  at(0);
  EXPECT_EQ(cudaStreamSynchronize(streams[0]), cudaSuccess);  // without the abort: for ever
  watchdog.join();
  EXPECT_EQ(ncclCommGetAsyncError(comms[1], &error), ncclSuccess);
  EXPECT_EQ(error, ncclRemoteError);
  EXPECT_EQ(ncclAllReduce(buffers[1], buffers[1], 1, ncclFloat32, ncclSum, comms[1], streams[1]), ncclRemoteError);
  comms[0] = nullptr;
}

TEST_F(NcclSemantics, AnErrorOfTheNetworkShowsWhenItIsAskedFor) {
  fakecuda::Runtime::instance().injection.plan("ncclCommGetAsyncError", 2, ncclInProgress);
  fakecuda::Runtime::instance().injection.plan("ncclCommGetAsyncError", 3, ncclRemoteError);
  for (const ncclResult_t expected : {ncclSuccess, ncclInProgress, ncclRemoteError, ncclRemoteError}) {
    ncclResult_t error = ncclSuccess;
    EXPECT_EQ(ncclCommGetAsyncError(comms[0], &error), ncclSuccess);
    EXPECT_EQ(error, expected);
  }
}

using NcclInit = FakeCuda;

TEST_F(NcclInit, OneDeviceCannotHaveTwoRanks) {
  ncclComm_t comms[2] = {};
  const int devices[2] = {1, 1};
  EXPECT_EQ(ncclCommInitAll(comms, 2, devices), ncclInvalidUsage);
  const int missing[2] = {0, 99};
  EXPECT_EQ(ncclCommInitAll(comms, 2, missing), ncclInvalidArgument);
  ncclUniqueId id;
  EXPECT_EQ(ncclGetUniqueId(&id), ncclSuccess);
  EXPECT_EQ(ncclGroupStart(), ncclSuccess);
  for (int rank = 0; rank < 2; ++rank) EXPECT_EQ(ncclCommInitRank(&comms[rank], 2, id, rank), ncclSuccess);
  EXPECT_EQ(ncclGroupEnd(), ncclInvalidUsage);
}

TEST_F(NcclInit, ANonBlockingRankIsInProgressUntilAllHaveCome) {
  ncclUniqueId id;
  EXPECT_EQ(ncclGetUniqueId(&id), ncclSuccess);
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  config.blocking = 0;
  ncclComm_t comms[2] = {};
  ncclResult_t state = ncclSuccess;
  for (int rank = 0; rank < 2; ++rank) {
    EXPECT_EQ(cudaSetDevice(rank), cudaSuccess);
    EXPECT_EQ(ncclCommInitRankConfig(&comms[rank], 2, id, rank, &config), ncclInProgress);
    EXPECT_EQ(ncclCommGetAsyncError(comms[0], &state), ncclSuccess);
    EXPECT_EQ(state, rank == 0 ? ncclInProgress : ncclSuccess);
  }
  for (ncclComm_t comm : comms) EXPECT_EQ(ncclCommDestroy(comm), ncclSuccess);
}

TEST_F(NcclInit, OneRankAloneCopies) {
  ncclComm_t comm = nullptr;
  EXPECT_EQ(ncclCommInitAll(&comm, 1, nullptr), ncclSuccess);
  float* from = device_memory(1);
  float* to = device_memory(1);
  upload(from, {7});
  EXPECT_EQ(ncclAllReduce(from, to, 1, ncclFloat32, ncclSum, comm, nullptr), ncclSuccess);
  EXPECT_EQ(download(to, 1)[0], 7);
  EXPECT_EQ(ncclCommFinalize(comm), ncclSuccess);
  EXPECT_EQ(ncclAllReduce(from, to, 1, ncclFloat32, ncclSum, comm, nullptr), ncclInvalidUsage);
  expect_finding();
  EXPECT_EQ(ncclCommDestroy(comm), ncclSuccess);
  EXPECT_EQ(cudaFree(from), cudaSuccess);
  EXPECT_EQ(cudaFree(to), cudaSuccess);
}

}  // namespace
}  // namespace fakecuda_tests
