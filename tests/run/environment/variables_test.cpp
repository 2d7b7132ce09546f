#include "harness/run/environment/variables.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/run/environment/scoped_variable.hpp"

namespace lockstep {
namespace {

template <std::size_t size>
Json allowed(std::array<const char*, size> entries) {
  std::array<const char*, size + 1> ended{};
  std::copy(entries.begin(), entries.end(), ended.begin());
  return allowed_variables(ended.data());
}

TEST(Variables, OfTheListAreKeptSorted) {
  const Json kept = allowed(std::array{"OPENBLAS_CORETYPE=Haswell", "OMP_NUM_THREADS=4", "NCCL_ALGO=Ring",
                                       "MKL_CBWR=AVX2", "GOTO_NUM_THREADS=2", "CUDA_VISIBLE_DEVICES=0,1",
                                       "CUDA_LAUNCH_BLOCKING=1", "LD_PRELOAD=libjemalloc.so", "MALLOC_ARENA_MAX=1"});
  EXPECT_EQ(kept.size(), 9u);
  EXPECT_EQ(kept["OMP_NUM_THREADS"], "4");
  EXPECT_EQ(kept["CUDA_VISIBLE_DEVICES"], "0,1");
  EXPECT_EQ(kept.begin().key(), "CUDA_LAUNCH_BLOCKING");
}

TEST(Variables, AllOthersAreLeftOut) {
  EXPECT_EQ(allowed(std::array{"HOME=/home/ann", "USER=ann", "HOSTNAME=host", "PATH=/bin", "AWS_SECRET_ACCESS_KEY=x",
                               "omp_num_threads=4", "XOMP_NUM_THREADS=4", "LD_PRELOAD_X=1", "LD_LIBRARY_PATH=/x",
                               "=OMP_=1", "OMP_NUM_THREADS", ""}),
            Json::object());
  EXPECT_EQ(allowed_variables(nullptr), Json::object());
}

TEST(Variables, ThatSpeakOfSecretsOrMachinesAreLeftOut) {
  EXPECT_EQ(allowed(std::array{"CUDA_API_KEY=x", "NCCL_TOKEN=x", "MKL_PASSWORD=x", "OMP_SECRET=x", "CUDA_CREDENTIALS=x",
                               "NCCL_COMM_ID=10.0.0.1:5", "NCCL_HOSTID=node7"}),
            Json::object());
}

TEST(Variables, ValuesArePlainShortAndWithoutHomes) {
  const testing::ScopedVariable home{"HOME", "/data/ann"};
  const std::string endless = "OMP_PLACES=" + std::string(100'000, 'x');
  const Json kept = allowed(std::array{"LD_PRELOAD=/data/ann/lib.so:/home/ben/lib.so", "OMP_SCHEDULE=\x1b[2J\n\xff",
                                       endless.c_str(), "OMP_EMPTY="});
  EXPECT_EQ(kept["LD_PRELOAD"], "~/lib.so:~/lib.so");
  EXPECT_EQ(kept["OMP_SCHEDULE"], "?[2J??");
  EXPECT_EQ(kept["OMP_PLACES"].get<std::string>().size(), 200u);
  EXPECT_EQ(kept["OMP_EMPTY"], "");
}

TEST(Variables, OfThisProcessAreRead) {
  const testing::ScopedVariable variable{"OMP_LOCKSTEP_TEST", "set by a test"};
  EXPECT_EQ(describe_variables()["OMP_LOCKSTEP_TEST"], "set by a test");
}

}  // namespace
}  // namespace lockstep
