#include "kernels/sum.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "tests/kernels/values.hpp"

namespace lockstep::kernels {
namespace {

constexpr std::size_t counts[] = {0, 1, 3, 7, 8, 9, 255, 256, 257, 511, 512, 513, 1000, 4099};
constexpr float guard = -77;

template <typename T>
using Arrays = std::vector<std::vector<T>>;

/// One array per rank, each followed by a guard element that nobody may touch.
template <typename T>
Arrays<T> arrays_of_ranks(std::size_t ranks, std::size_t count) {
  Arrays<T> arrays;
  for (unsigned rank = 0; rank < ranks; ++rank) {
    const std::vector<float> values = normal_values(count, rank);
    arrays.emplace_back(values.begin(), values.end());
    arrays.back().push_back(T{guard});
  }
  return arrays;
}

template <typename T>
std::vector<T> sum_one_by_one(const Arrays<T>& inputs, std::size_t count) {
  std::vector<T> sums(count);
  for (std::size_t i = 0; i < count; ++i) {
    sums[i] = inputs[0][i];
    for (std::size_t rank = 1; rank < inputs.size(); ++rank) sums[i] += inputs[rank][i];
  }
  sums.push_back(T{guard});
  return sums;
}

template <typename T>
void sum(const Arrays<T>& inputs, Arrays<T>& outputs, std::size_t count) {
  std::vector<const T*> from;
  std::vector<T*> to;
  for (const std::vector<T>& input : inputs) from.push_back(input.data());
  for (std::vector<T>& output : outputs) to.push_back(output.data());
  sum_in_order(std::span<const T* const>{from}, std::span<T* const>{to}, count);
}

template <typename T>
class SumInOrder : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(SumInOrder, Types);

TYPED_TEST(SumInOrder, GivesEveryOutputTheSum) {
  for (const std::size_t count : counts) {
    for (std::size_t ranks = 1; ranks <= 5; ++ranks) {
      for (std::size_t outputs = 1; outputs <= 3; ++outputs) {
        const auto inputs = arrays_of_ranks<TypeParam>(ranks, count);
        Arrays<TypeParam> results(outputs, std::vector<TypeParam>(count + 1, TypeParam{guard}));
        sum(inputs, results, count);
        EXPECT_EQ(results, Arrays<TypeParam>(outputs, sum_one_by_one(inputs, count))) << count << " " << ranks;
      }
    }
  }
}

TYPED_TEST(SumInOrder, RunsInPlace) {
  for (const std::size_t count : counts) {
    for (std::size_t ranks = 1; ranks <= 5; ++ranks) {
      auto arrays = arrays_of_ranks<TypeParam>(ranks, count);
      const std::vector<TypeParam> expected = sum_one_by_one(arrays, count);
      sum(arrays, arrays, count);
      EXPECT_EQ(arrays, Arrays<TypeParam>(ranks, expected)) << count << " " << ranks;
    }
  }
}

TYPED_TEST(SumInOrder, AnOutputMayBeAnyInput) {
  for (std::size_t ranks = 2; ranks <= 4; ++ranks) {
    for (std::size_t target = 0; target < ranks; ++target) {
      auto arrays = arrays_of_ranks<TypeParam>(ranks, 1000);
      const std::vector<TypeParam> expected = sum_one_by_one(arrays, 1000);
      std::vector<const TypeParam*> from;
      for (const auto& array : arrays) from.push_back(array.data());
      TypeParam* const to[] = {arrays[target].data()};
      sum_in_order(std::span<const TypeParam* const>{from}, std::span<TypeParam* const>{to}, 1000);
      EXPECT_EQ(arrays[target], expected) << target << " of " << ranks;
    }
  }
}

TEST(SumInOrderOfFloats, AddsFromLeftToRight) {
  // (10⁸ + 1) − 10⁸ is 0 in float, whereas 10⁸ − 10⁸ + 1 is 1: another order shows.
  const Arrays<float> in_order{{1e8F}, {1}, {-1e8F}};
  const Arrays<float> other_order{{1e8F}, {-1e8F}, {1}};
  Arrays<float> result{{guard}};
  sum(in_order, result, 1);
  EXPECT_EQ(result[0][0], 0.0F);
  sum(other_order, result, 1);
  EXPECT_EQ(result[0][0], 1.0F);
}

TEST(SumInOrderOfFloats, NeedsAnInputAndAnOutput) {
  float value = 1;
  const float* const in[] = {&value};
  float* const out[] = {&value};
  EXPECT_THROW(sum_in_order(std::span<const float* const>{}, out, 1), std::invalid_argument);
  EXPECT_THROW(sum_in_order(in, std::span<float* const>{}, 1), std::invalid_argument);
}

}  // namespace
}  // namespace lockstep::kernels
