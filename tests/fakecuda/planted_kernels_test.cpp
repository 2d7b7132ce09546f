// Kernels with a fault each: it is found with every seed, whatever the order of threads makes of the values.
#include <functional>
#include <string>

#include "tests/fakecuda/on_device.hpp"

namespace fakecuda {
namespace {

constexpr std::uint64_t seeds = 20;
constexpr unsigned block_threads = 256;
constexpr unsigned blocks = 4;

/// `run` with every seed; the process has no findings afterwards.
void is_found(const std::string& kind, const std::function<void()>& run) {
  for (std::uint64_t s = 1; s <= seeds; ++s) {
    seed(s);
    testing::internal::CaptureStderr();
    run();
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("fakecuda: finding: " + kind), std::string::npos) << "seed " << s << ": " << said;
    clear_findings();
  }
}

void is_found_with(const std::string& kind, const std::string& kernel) {
  is_found(kind, [&] {
    OnDevice x{std::vector<float>(blocks * block_threads, -1.0F)};
    OnDevice y{std::vector<float>(blocks * block_threads)};
    EXPECT_EQ(launch(kernel, blocks, block_threads, 0, x.data(), y.data()), cudaSuccess);
  });
}

TEST(PlantedKernelsTest, MissingBarrier) { is_found_with("shared-memory race", "reduce_without_barrier"); }

TEST(PlantedKernelsTest, OutOfBoundsWrite) {
  is_found("out of bounds", [] {
    OnDevice x{std::vector<float>(1000)};
    OnDevice y{std::vector<float>(1000)};
    EXPECT_EQ(launch("scale_one_too_many", 3, 64, 0, x.data(), y.data(), std::size_t{1000}), cudaSuccess);
  });
}

TEST(PlantedKernelsTest, UninitialisedSharedMemory) { is_found_with("uninitialised", "read_of_unwritten_shared"); }

TEST(PlantedKernelsTest, UninitialisedGlobalMemory) {
  is_found("uninitialised", [] {
    void* x = nullptr;
    EXPECT_EQ(cudaMalloc(&x, 64 * sizeof(float)), cudaSuccess);
    OnDevice y{std::vector<float>(64)};
    EXPECT_EQ(launch("scale", 1, 64, 0, static_cast<float*>(x), y.data(), std::size_t{64}), cudaSuccess);
    cudaFree(x);
  });
}

TEST(PlantedKernelsTest, SharedRaceWithoutChangeOfValue) { is_found_with("shared-memory race", "same_value_race"); }
TEST(PlantedKernelsTest, TwoBlocksWriteOneCell) { is_found_with("kernel race", "blocks_share_a_cell"); }
TEST(PlantedKernelsTest, TwoThreadsWriteOneCell) { is_found_with("kernel race", "threads_share_a_cell"); }
TEST(PlantedKernelsTest, ReturnBeforeBarrier) { is_found_with("barrier divergence", "return_before_barrier"); }
TEST(PlantedKernelsTest, TwoBarriers) { is_found_with("barrier divergence", "two_barriers"); }
TEST(PlantedKernelsTest, PartOfAWarpShuffles) { is_found_with("barrier divergence", "part_of_a_warp_shuffles"); }

TEST(PlantedKernelsTest, MissingWarpBarrier) {
  is_found("shared-memory race", [] {
    OnDevice x{std::vector<float>(block_threads)};
    EXPECT_EQ(launch("reverse_in_warp_without_sync", 1, block_threads, 0, x.data()), cudaSuccess);
  });
}

TEST(PlantedKernelsTest, SumWithoutAtomic) {
  is_found("kernel race", [] {
    OnDevice x{std::vector<float>(64, -1.0F)};
    OnDevice found{std::vector<int>(1)};
    EXPECT_EQ(launch("count_without_atomic", 1, 64, 0, x.data(), found.data()), cudaSuccess);
  });
}

TEST(PlantedKernelsTest, HostPointer) {
  is_found("illegal address", [] {
    std::vector<float> host(64, 3.0F);
    EXPECT_EQ(launch("write_through_host_pointer", 1, 64, 0, host.data()), cudaErrorIllegalAddress);
    EXPECT_EQ(host, std::vector<float>(64, 3.0F));
    // What a GPU needs a new process for.
    const Lock lock;
    Runtime::instance().device(0).sticky = cudaSuccess;
  });
}

}  // namespace
}  // namespace fakecuda
