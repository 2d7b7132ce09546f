// Kernels of the emulation give the exact values, in any order of threads, and nothing is found wrong with them.
#include <numeric>

#include "tests/fakecuda/on_device.hpp"

namespace fakecuda {
namespace {

constexpr std::uint64_t seeds = 50;
constexpr unsigned block_threads = 256;

/// 0, 1, 2, …: sums of a few thousand are exact in float.
std::vector<float> numbers(std::size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.0F);
  return values;
}

template <typename Test>
void with_every_seed(Test test) {
  for (std::uint64_t s = 1; s <= seeds; ++s) {
    seed(s);
    test();
    ASSERT_EQ(findings(), 0) << "seed " << s;
  }
}

TEST(EngineTest, GridStrideLoop) {
  with_every_seed([] {
    OnDevice x{numbers(1000)};
    OnDevice y{std::vector<float>(1000)};
    ASSERT_EQ(launch("scale", 3, 64, 0, x.data(), y.data(), std::size_t{1000}), cudaSuccess);
    const std::vector<float> result = y.values();
    for (std::size_t i = 0; i < result.size(); ++i) ASSERT_EQ(result[i], 2 * static_cast<float>(i));
  });
}

void reduces_blocks(const char* kernel) {
  with_every_seed([&] {
    constexpr std::size_t blocks = 5;
    OnDevice x{numbers(blocks * block_threads)};
    OnDevice sums{std::vector<float>(blocks)};
    ASSERT_EQ(launch(kernel, blocks, block_threads, 0, x.data(), sums.data()), cudaSuccess);
    const std::vector<float> result = sums.values();
    for (std::size_t i = 0; i < blocks; ++i)
      ASSERT_EQ(result[i], static_cast<float>(block_threads * (block_threads * (2 * i + 1) - 1) / 2));
  });
}

TEST(EngineTest, BlockReductionWithBarriers) { reduces_blocks("reduce"); }
TEST(EngineTest, BlockReductionWithWarps) { reduces_blocks("reduce_by_warps"); }

TEST(EngineTest, TransposeThroughSharedMemory) {
  with_every_seed([] {
    constexpr unsigned size = 50;
    OnDevice in{numbers(size * size)};
    OnDevice out{std::vector<float>(size * size)};
    ASSERT_EQ(launch("transpose", dim3{2, 2}, dim3{32, 8}, 0, in.data(), out.data(), size), cudaSuccess);
    const std::vector<float> result = out.values();
    for (unsigned row = 0; row < size; ++row)
      for (unsigned column = 0; column < size; ++column)
        ASSERT_EQ(result[column * size + row], static_cast<float>(row * size + column));
  });
}

TEST(EngineTest, WarpsOrderThemselves) {
  with_every_seed([] {
    OnDevice x{numbers(block_threads)};
    ASSERT_EQ(launch("reverse_in_warp", 1, block_threads, 0, x.data()), cudaSuccess);
    const std::vector<float> result = x.values();
    for (std::size_t i = 0; i < result.size(); ++i) ASSERT_EQ(result[i], static_cast<float>(i ^ 31U));
  });
}

TEST(EngineTest, AtomicsAndDynamicSharedMemory) {
  with_every_seed([] {
    std::vector<float> values = numbers(1000);
    for (std::size_t i = 0; i < 300; ++i) values[3 * i] = -1;
    OnDevice x{values};
    OnDevice found{std::vector<int>(1)};
    ASSERT_EQ(launch("count_negative", 4, 64, sizeof(int), x.data(), found.data(), std::size_t{1000}), cudaSuccess);
    ASSERT_EQ(found.values()[0], 300);
  });
}

TEST(EngineTest, NeighbouringBytesAreNoRace) {
  with_every_seed([] {
    std::vector<unsigned char> values(block_threads);
    std::iota(values.begin(), values.end(), static_cast<unsigned char>(0));
    OnDevice x{values};
    OnDevice y{std::vector<unsigned char>(block_threads)};
    ASSERT_EQ(launch("copy_bytes", 1, block_threads, 0, x.data(), y.data()), cudaSuccess);
    ASSERT_EQ(y.values(), std::vector<unsigned char>(values.rbegin(), values.rend()));
  });
}

TEST(EngineTest, EveryBlockSize) {
  for (const unsigned threads : {1U, 31U, 33U, 1000U, 1024U})
    ASSERT_EQ(launch("barriers", 3, threads, 0, 5U), cudaSuccess);
  ASSERT_EQ(findings(), 0);
}

}  // namespace
}  // namespace fakecuda
