#include "harness/data/dataset.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "harness/base/error.hpp"
#include "tests/data/copies.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;

std::array<float, 256> tenths() {
  std::array<float, 256> value_of{};
  for (std::size_t byte = 0; byte < value_of.size(); ++byte) value_of[byte] = static_cast<float>(byte) / 10;
  return value_of;
}

const Dataset regression{FloatRows{{1, 2, 3, 4, 5, 6}, 2}, FloatRows{{-1, -2, -3}, 1}};
const Dataset classification{ByteRows{{10, 20, 30, 40}, 2, tenths()}, ClassLabels{{1, 0}, 2}};

TEST(Dataset, KnowsItsSizes) {
  EXPECT_EQ(regression.size(), 3U);
  EXPECT_EQ(regression.input_width(), 2U);
  EXPECT_FALSE(regression.has_labels());
  EXPECT_EQ(regression.target_width(), 1U);
  EXPECT_EQ(classification.size(), 2U);
  EXPECT_TRUE(classification.has_labels());
  EXPECT_EQ(classification.classes(), 2U);
}

TEST(Dataset, CopiesTheRowsOfTheIdsInTheirOrder) {
  EXPECT_THAT(inputs_of(regression, {2, 0, 2}), ElementsAre(5, 6, 1, 2, 5, 6));
  EXPECT_THAT(values_of(regression, {2, 0, 2}), ElementsAre(-3, -1, -3));
  EXPECT_THAT(inputs_of(classification, {1, 0}), ElementsAre(3, 4, 1, 2)) << "bytes through their table";
  EXPECT_THAT(labels_of(classification, {1, 0}), ElementsAre(0, 1));
}

TEST(Dataset, RefusesForeignIdsWrongSizesAndTheOtherKindOfTarget) {
  std::vector<float> two(2);
  std::vector<std::int32_t> label(1);
  const std::vector<SampleId> foreign{3};
  const std::vector<SampleId> both{0, 1};
  EXPECT_THROW(regression.copy_inputs(foreign, two), InternalError);
  EXPECT_THROW(regression.copy_inputs(both, two), InternalError);
  EXPECT_THROW(regression.copy_values(foreign, std::span{two}.first(1)), InternalError);
  EXPECT_THROW(classification.copy_labels(foreign, label), InternalError);
  EXPECT_THROW(classification.copy_labels(both, label), InternalError);
  EXPECT_THROW(static_cast<void>(regression.classes()), InternalError);
  EXPECT_THROW(static_cast<void>(classification.target_width()), InternalError);
}

TEST(Dataset, RefusesPartsThatDoNotFit) {
  EXPECT_THROW((Dataset{FloatRows{{1, 2, 3}, 2}, FloatRows{{1}, 1}}), InternalError) << "half a row";
  EXPECT_THROW((Dataset{FloatRows{{1, 2}, 1}, FloatRows{{1}, 1}}), InternalError) << "two inputs, one target";
  EXPECT_THROW((Dataset{FloatRows{{1}, 1}, ClassLabels{{2}, 2}}), InternalError) << "label 2 of 2";
  EXPECT_THROW((Dataset{FloatRows{{1}, 1}, ClassLabels{{-1}, 2}}), InternalError);
  EXPECT_THROW((Dataset{FloatRows{{}, 1}, FloatRows{{}, 1}}), InternalError) << "nothing";
}

TEST(Dataset, ImpossibleShapesAreInputErrors) {
  constexpr std::size_t huge = std::numeric_limits<std::size_t>::max();
  EXPECT_NO_THROW(require_possible({.samples = 60'000, .inputs = 784, .outputs = 10}));
  EXPECT_THROW(require_possible({.samples = 0, .inputs = 1, .outputs = 1}), InputError);
  EXPECT_THROW(require_possible({.samples = 1, .inputs = 0, .outputs = 1}), InputError);
  EXPECT_THROW(require_possible({.samples = 1, .inputs = 1, .outputs = 0}), InputError);
  EXPECT_THROW(require_possible({.samples = std::size_t{1} << 32, .inputs = 1, .outputs = 1}), InputError)
      << "ids are 32 bits";
  EXPECT_THROW(require_possible({.samples = 4, .inputs = huge / 4 + 2, .outputs = 1}), InputError)
      << "the product wraps";
}

}  // namespace
}  // namespace lockstep
