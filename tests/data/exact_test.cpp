#include "harness/data/exact.hpp"

#include <gtest/gtest.h>

#include <set>

#include "harness/base/error.hpp"
#include "tests/data/copies.hpp"

namespace lockstep {
namespace {

std::set<std::vector<float>> distinct_rows(const Dataset& data) {
  std::set<std::vector<float>> rows;
  for (const SampleId id : first_ids(data.size())) {
    std::vector<float> row = inputs_of(data, {id});
    for (const float value : values_of(data, {id})) row.push_back(value);
    rows.insert(std::move(row));
  }
  return rows;
}

/// Every integer of [-largest, largest] occurs in every column, and nothing else.
void expect_integers(const std::vector<float>& values, std::size_t width, int largest) {
  for (std::size_t column = 0; column < width; ++column) {
    std::set<float> seen;
    for (std::size_t i = column; i < values.size(); i += width) seen.insert(values[i]);
    std::set<float> expected;
    for (int value = -largest; value <= largest; ++value) expected.insert(static_cast<float>(value));
    EXPECT_EQ(seen, expected) << "column " << column;
  }
}

TEST(Exact, ValuesAreSmallIntegersInEveryColumn) {
  const Dataset data = make_exact({.samples = 500, .inputs = 40, .outputs = 8}, 1);
  expect_integers(inputs_of(data, first_ids(500)), 40, exact_largest_input);
  expect_integers(values_of(data, first_ids(500)), 8, exact_largest_target);
}

TEST(Exact, NoTwoSamplesAreEqualEvenWhenEveryPossibleOneIsUsed) {
  EXPECT_EQ(distinct_rows(make_exact({.samples = 225, .inputs = 2, .outputs = 1}, 1)).size(), 225U);
  EXPECT_EQ(distinct_rows(make_exact({.samples = 81, .inputs = 1, .outputs = 2}, 9)).size(), 81U);
  EXPECT_EQ(distinct_rows(make_exact({.samples = 3000, .inputs = 20, .outputs = 4}, 2)).size(), 3000U);
  EXPECT_THROW(make_exact({.samples = 226, .inputs = 2, .outputs = 1}, 1), InputError) << "5·5·9 = 225 can differ";
}

TEST(Exact, TheTestsSeeEqualSamples) {
  const Dataset twins{FloatRows{{1, 2, 1, 2}, 2}, FloatRows{{3, 3}, 1}};
  EXPECT_EQ(distinct_rows(twins).size(), 1U);
}

TEST(Exact, ASampleDependsOnSeedAndIdOnly) {
  const Dataset few = make_exact({.samples = 10, .inputs = 7, .outputs = 2}, 1);
  const Dataset many = make_exact({.samples = 100, .inputs = 7, .outputs = 2}, 1);
  const Dataset other = make_exact({.samples = 10, .inputs = 7, .outputs = 2}, 2);
  EXPECT_EQ(inputs_of(few, first_ids(10)), inputs_of(many, first_ids(10)));
  EXPECT_EQ(values_of(few, first_ids(10)), values_of(many, first_ids(10)));
  EXPECT_NE(inputs_of(few, first_ids(10)), inputs_of(other, first_ids(10)));
  EXPECT_NE(values_of(few, first_ids(10)), values_of(other, first_ids(10)));
}

}  // namespace
}  // namespace lockstep
