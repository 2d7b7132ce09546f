#include "harness/data/sampler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

#include "harness/base/error.hpp"
#include "tests/data/copies.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

std::vector<SampleId> epoch(Sampler& sampler, std::size_t number) {
  std::vector<SampleId> ids;
  for (std::size_t step = 0; step < sampler.steps_per_epoch(); ++step)
    std::ranges::copy(sampler.batch(number * sampler.steps_per_epoch() + step), std::back_inserter(ids));
  return ids;
}

bool is_permutation_of_all(std::vector<SampleId> ids, std::size_t samples) {
  std::ranges::sort(ids);
  return ids == first_ids(samples);
}

TEST(Sampler, TheTestsSeeLostAndDoubledSamples) {
  EXPECT_TRUE(is_permutation_of_all({2, 0, 1}, 3));
  EXPECT_FALSE(is_permutation_of_all({2, 0}, 3));
  EXPECT_FALSE(is_permutation_of_all({2, 0, 0}, 3));
  EXPECT_FALSE(is_permutation_of_all({2, 0, 1, 1}, 3));
}

// B115: the batches of an epoch are disjoint and their union is everything.
TEST(Sampler, KeepCoversEverySampleOncePerEpoch) {
  for (const std::size_t batch : {1U, 3U, 4U, 10U}) {
    Sampler sampler{10, batch, SampleOrder::shuffled, LastBatch::keep, 7};
    EXPECT_EQ(sampler.steps_per_epoch(), (10 + batch - 1) / batch);
    for (const std::size_t number : {0U, 1U, 5U})
      EXPECT_TRUE(is_permutation_of_all(epoch(sampler, number), 10)) << "batch " << batch << ", epoch " << number;
  }
  Sampler sampler{10, 4, SampleOrder::shuffled, LastBatch::keep, 7};
  EXPECT_THAT(sampler.batch(1), SizeIs(4));
  EXPECT_THAT(sampler.batch(2), SizeIs(2)) << "the short last batch";
}

// B115 with drop_last: only the remainder is missing, and an exact multiple loses nothing (R44).
TEST(Sampler, DropLosesOnlyTheRemainder) {
  Sampler sampler{10, 4, SampleOrder::shuffled, LastBatch::drop, 7};
  EXPECT_EQ(sampler.steps_per_epoch(), 2U);
  std::vector<SampleId> ids = epoch(sampler, 0);
  EXPECT_THAT(ids, SizeIs(8));
  std::ranges::sort(ids);
  EXPECT_TRUE(std::ranges::adjacent_find(ids) == ids.end()) << "no sample twice";
  EXPECT_LT(ids.back(), 10U);

  Sampler multiple{12, 4, SampleOrder::shuffled, LastBatch::drop, 7};
  EXPECT_TRUE(is_permutation_of_all(epoch(multiple, 0), 12));
}

// B116, and the fault R43: the same order in every epoch.
TEST(Sampler, EveryEpochHasItsOwnOrder) {
  Sampler sampler{100, 10, SampleOrder::shuffled, LastBatch::keep, 7};
  EXPECT_NE(epoch(sampler, 0), epoch(sampler, 1));
  EXPECT_NE(epoch(sampler, 1), epoch(sampler, 2));
}

// B116: every rank has the same order. Each owns a sampler, and may ask for its steps in its own order.
TEST(Sampler, ABatchDependsOnTheStepOnly) {
  Sampler forwards{100, 7, SampleOrder::shuffled, LastBatch::keep, 7};
  Sampler backwards{100, 7, SampleOrder::shuffled, LastBatch::keep, 7};
  constexpr std::size_t steps = 40;
  std::vector<std::vector<SampleId>> batches(steps);
  for (std::size_t step = steps; step-- > 0;) batches[step] = backwards.batch(step);
  for (std::size_t step = 0; step < steps; ++step) EXPECT_EQ(forwards.batch(step), batches[step]) << "step " << step;
}

TEST(Sampler, SeedsGiveDifferentOrders) {
  Sampler one{100, 10, SampleOrder::shuffled, LastBatch::keep, 1};
  Sampler two{100, 10, SampleOrder::shuffled, LastBatch::keep, 2};
  EXPECT_NE(epoch(one, 0), epoch(two, 0));
}

TEST(Sampler, SequentialCountsInEveryEpoch) {
  Sampler sampler{5, 2, SampleOrder::sequential, LastBatch::keep, 7};
  EXPECT_THAT(sampler.batch(0), ElementsAre(0, 1));
  EXPECT_THAT(sampler.batch(2), ElementsAre(4));
  EXPECT_EQ(epoch(sampler, 0), first_ids(5));
  EXPECT_EQ(epoch(sampler, 3), first_ids(5));
}

// Fixed numbers: a change of the generator or of the order would silently change every published result.
TEST(Sampler, TheOrderIsTheSameOnEveryMachine) {
  Sampler sampler{8, 8, SampleOrder::shuffled, LastBatch::keep, 1};
  EXPECT_THAT(sampler.batch(0), ElementsAre(3, 5, 7, 2, 4, 6, 0, 1));
  EXPECT_THAT(sampler.batch(1), ElementsAre(5, 6, 0, 3, 1, 7, 2, 4));
}

TEST(Sampler, ImpossibleBatchesAreInputErrors) {
  const auto make = [](std::size_t samples, std::size_t batch) {
    return Sampler{samples, batch, SampleOrder::shuffled, LastBatch::drop, 7};
  };
  EXPECT_NO_THROW(make(10, 10));
  EXPECT_THROW(make(10, 11), InputError);
  EXPECT_THROW(make(10, 0), InputError);
  EXPECT_THROW(make(0, 0), InputError);
  EXPECT_THROW(make(std::size_t{1} << 32, 1), InputError) << "ids are 32 bits";
}

}  // namespace
}  // namespace lockstep
