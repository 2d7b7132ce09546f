#include "kernels/blas.hpp"

#include <cblas.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>
#include <vector>

#include "kernels/gemm.hpp"

namespace lockstep::kernels {
namespace {

std::ptrdiff_t threads_of_this_process() {
  return std::distance(std::filesystem::directory_iterator{"/proc/self/task"}, std::filesystem::directory_iterator{});
}

float one_times_one() {
  constexpr std::size_t size = 256;
  const std::vector<float> ones(size * size, 1.0F);
  std::vector<float> product(size * size);
  gemm(Transpose::no, Transpose::no, size, size, size, std::span{ones}, std::span{ones}, Into::overwrite,
       std::span{product});
  return product.back();
}

TEST(Blas, IsTheBuildThatIsSafeForConcurrentCallers) {
  EXPECT_TRUE(blas_is_safe_for_concurrent_callers()) << blas_description();
  EXPECT_THAT(blas_description(), testing::StartsWith("OpenBLAS "));
}

TEST(Blas, KeepsNoThreadsOfItsOwn) {
  use_one_thread_per_caller();
  const std::ptrdiff_t threads = threads_of_this_process();
  openblas_set_num_threads(2);  // the plant: starts the pool
  EXPECT_EQ(threads_of_this_process(), threads + 1);
  use_one_thread_per_caller();
  EXPECT_EQ(threads_of_this_process(), threads);
  EXPECT_EQ(openblas_get_num_threads(), 1);
  EXPECT_EQ(one_times_one(), 256.0F);
  EXPECT_EQ(threads_of_this_process(), threads);
}

TEST(Blas, WorksInAForkedProcess) {
  use_one_thread_per_caller();
  EXPECT_EQ(one_times_one(), 256.0F);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(one_times_one() == 256.0F ? 0 : 1);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

#if defined(__x86_64__)
TEST(Blas, UsesTheVectorsOfThisCpu) {
  if (!__builtin_cpu_supports("avx2")) GTEST_SKIP() << "a CPU without AVX2";
  if (getenv("OPENBLAS_CORETYPE") != nullptr) GTEST_SKIP() << "OPENBLAS_CORETYPE is set";
  use_kernels_for_this_cpu();
  EXPECT_THAT(blas_description(), testing::Not(testing::HasSubstr("Prescott")));
  EXPECT_EQ(getenv("OPENBLAS_CORETYPE"), nullptr);
  EXPECT_EQ(one_times_one(), 256.0F);
}
#endif

}  // namespace
}  // namespace lockstep::kernels
