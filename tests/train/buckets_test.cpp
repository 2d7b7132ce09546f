#include "harness/train/strategy/buckets.hpp"

#include <gtest/gtest.h>

#include "harness/device/cpu/cpu_world.hpp"

namespace lockstep {
namespace {

/// Buckets of f32 parameters with these element counts, as lists of parameter sizes in ready order.
std::vector<std::vector<std::size_t>> buckets_of(const std::vector<std::size_t>& counts, const Bucketing& limits) {
  World world = cpu::open_world({.ranks = 1});
  std::vector<ParameterSpec> specs;
  for (const std::size_t count : counts) specs.push_back({"p", {count}, 1});
  const Parameters parameters{*world.ranks[0]->device, DType::f32, specs};
  std::vector<std::vector<std::size_t>> result;
  auto next = counts.rbegin();
  std::size_t end = parameters.count();
  for (const Bucket& bucket : make_buckets(parameters, limits)) {
    result.emplace_back();
    std::size_t elements = 0;
    for (std::size_t i = 0; i < bucket.parameters; ++i) {
      result.back().push_back(*next);
      elements += *next++;
    }
    EXPECT_EQ(bucket.count, elements);
    EXPECT_EQ(bucket.first + bucket.count, end) << "buckets follow each other without gaps";
    end = bucket.first;
  }
  EXPECT_EQ(end, 0U);
  return result;
}

using Lists = std::vector<std::vector<std::size_t>>;

// torch's example of a rebuilt assignment: four layers of a 4 MiB weight and a 4 KiB bias give {7, 6} and the rest.
TEST(Buckets, B82_the_parameter_that_reaches_the_limit_closes_the_bucket) {
  const std::size_t weight = MiB;
  const std::size_t bias = KiB;
  EXPECT_EQ(buckets_of({weight, bias, weight, bias, weight, bias, weight, bias}, {}),
            (Lists{{bias, weight}, {bias, weight, bias, weight, bias, weight}}));
  const std::size_t large = 16 * MiB;
  EXPECT_EQ(buckets_of({large, 4 * KiB, large, 4 * KiB, large, 4 * KiB}, {}),
            (Lists{{4 * KiB, large}, {4 * KiB, large}, {4 * KiB, large}}));
}

TEST(Buckets, B82_limits_apply_to_first_and_others) {
  EXPECT_EQ(buckets_of({10, 10, 10, 10}, {.first = 40, .others = 80}), (Lists{{10}, {10, 10}, {10}}));
  EXPECT_EQ(buckets_of({100, 200, 100, 50}, {.first = 400, .others = 400}), (Lists{{50, 100}, {200}, {100}}));
}

TEST(Buckets, a_model_smaller_than_the_limit_is_one_bucket) { EXPECT_EQ(buckets_of({3, 4}, {}), (Lists{{4, 3}})); }

}  // namespace
}  // namespace lockstep
