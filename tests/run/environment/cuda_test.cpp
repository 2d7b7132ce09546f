#include "harness/run/environment/cuda.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/device/cuda/built.hpp"
#include "harness/run/environment.hpp"

namespace lockstep {
namespace {

cuda::Facts two_gpus() {
  cuda::Gpu one;
  one.name = "one";
  one.bus_id = "0:1";
  one.multiprocessors = 132;
  one.compute_capability = 90;
  one.memory = 80;
  one.reaches = {true, false};
  cuda::Gpu two;
  two.name = "two";
  cuda::Facts facts;
  facts.is_built = facts.is_emulated = true;
  facts.unusable = "x";
  facts.runtime = "13.0";
  facts.driver = "13.1";
  facts.cublas = "13.0.2";
  facts.nccl = "2.28.9";
  facts.gpus = {one, two};
  return facts;
}

TEST(CudaFacts, ComeBackFromAChildAsTheyWere) {
  const cuda::Facts back = cuda_facts_in(to_json(two_gpus()));
  EXPECT_EQ(to_json(back), to_json(two_gpus()));
  EXPECT_EQ(back.gpus.at(0).reaches, (std::vector<bool>{true, false}));
}

TEST(CudaFacts, AreAskedForInAProcessOfItsOwn) {
  const cuda::Facts facts = inquire_cuda();
  EXPECT_EQ(facts.is_built, cuda::is_built);
  EXPECT_EQ(facts.gpus.empty(), !facts.unusable.empty()) << facts.unusable;
}

TEST(CudaFacts, ADriverThatHangsIsNotWaitedFor) {
  const cuda::Facts facts = inquire_cuda(Seconds{0});
  EXPECT_THAT(facts.unusable, ::testing::HasSubstr("asking CUDA: not finished within"));
}

TEST(CudaVersions, AreNullWhereTheyAreNotKnown) {
  EXPECT_EQ(cuda_versions(two_gpus()), (Json{{"cuda_runtime", "13.0"}, {"cublas", "13.0.2"}, {"nccl", "2.28.9"}}));
  EXPECT_EQ(cuda_versions({}), (Json{{"cuda_runtime", nullptr}, {"cublas", nullptr}, {"nccl", nullptr}}));
}

TEST(CudaVersions, ARunOnTheProcessorDoesNotAsk) {
  const Json software = describe_environment()["software"];
  for (const char* library : {"cuda_runtime", "cublas", "nccl"}) EXPECT_TRUE(software.at(library).is_null()) << library;
}

}  // namespace
}  // namespace lockstep
