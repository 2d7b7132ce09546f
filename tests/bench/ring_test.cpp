// What the all-reduce is compared with is itself right.
#include "tests/bench/ring.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace lockstep {
namespace {

class RingTest : public ::testing::TestWithParam<std::size_t> {};

TEST_P(RingTest, every_rank_gets_the_sum_again_and_again) {
  const std::size_t ranks = GetParam();
  constexpr std::size_t count = 1003;  // not a multiple of the ranks
  Ring ring{static_cast<int>(ranks), count, false};
  std::vector<std::vector<float>> values(ranks, std::vector<float>(count));
  std::vector<float> sums(count);
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    ring.join(static_cast<int>(rank), values[rank].data());
    for (std::size_t i = 0; i < count; ++i) sums[i] += values[rank][i] = static_cast<float>((rank + 1) * i % 97);
  }
  constexpr int times = 3;
  {
    std::vector<std::jthread> threads;
    for (std::size_t rank = 0; rank < ranks; ++rank)
      threads.emplace_back([&ring, rank] {
        for (int time = 0; time < times; ++time) ring.all_reduce(static_cast<int>(rank));
      });
  }
  for (float& sum : sums) sum *= static_cast<float>(ranks * ranks);  // the later sums are of equal values
  for (const std::vector<float>& own : values) EXPECT_EQ(own, sums);
}

INSTANTIATE_TEST_SUITE_P(Ranks, RingTest, ::testing::Values(1, 2, 3, 4, 7, 8));

}  // namespace
}  // namespace lockstep
