// Training on GPUs gives the bits of training on one CPU device. Exact arithmetic: whoever differs is wrong.
#include <gtest/gtest.h>

#include "harness/device/cpu/cpu_world.hpp"
#include "harness/device/cuda/cuda_world.hpp"
#include "tests/cuda/small_training.hpp"

namespace lockstep {
namespace {

struct Case {
  std::string strategy;
  cuda::WorldOptions options;
};

std::string name_of_case(const ::testing::TestParamInfo<Case>& info) {
  const auto& [strategy, options] = info.param;
  return fmt::format("{}_{}_ranks_{}", strategy, options.ranks,
                     !options.device_map.empty()                       ? "sharing_a_gpu"
                     : options.collectives == cuda::Collectives::local ? "local"
                                                                       : "nccl");
}

std::vector<Case> all_cases() {
  std::vector<Case> cases{{"single", {.ranks = 1, .collectives = cuda::Collectives::local}}};
  for (const int ranks : {1, 2, 3, 4, 8})
    for (const std::string strategy : {"dp", "ddp"}) {
      cases.push_back({strategy, {.ranks = ranks, .collectives = cuda::Collectives::nccl}});
      cases.push_back({strategy, {.ranks = ranks, .collectives = cuda::Collectives::local}});
      cases.push_back({strategy, {.ranks = ranks, .device_map = std::vector(static_cast<std::size_t>(ranks), 0)}});
    }
  return cases;
}

void PrintTo(const Case& one, std::ostream* out) { *out << one.strategy; }

class EqualTraining : public ::testing::TestWithParam<Case> {};

TEST_P(EqualTraining, has_the_bits_of_one_cpu_device) {
  World one = cpu::open_world({.ranks = 1});
  World gpus = cuda::open_world(GetParam().options);
  EXPECT_EQ(train_small(gpus, GetParam().strategy), train_small(one, "single"));
}

INSTANTIATE_TEST_SUITE_P(All, EqualTraining, ::testing::ValuesIn(all_cases()), name_of_case);

}  // namespace
}  // namespace lockstep
