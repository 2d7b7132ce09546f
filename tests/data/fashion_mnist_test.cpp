#include "harness/data/fashion_mnist.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <string>

#include "harness/base/error.hpp"
#include "tests/data/copies.hpp"

namespace lockstep {
namespace {

std::map<std::int32_t, std::size_t> histogram(const std::vector<std::int32_t>& labels) {
  std::map<std::int32_t, std::size_t> counts;
  for (const std::int32_t label : labels) ++counts[label];
  return counts;
}

class FashionMnist : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(fashion_mnist_directory)) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
  }
};

TEST_F(FashionMnist, TrainingSet) {
  const Dataset data = load_fashion_mnist(FashionMnistPart::train);
  EXPECT_EQ(data.size(), 60'000U);
  EXPECT_EQ(data.input_width(), 784U);
  EXPECT_EQ(data.classes(), 10U);
  const std::vector<std::int32_t> labels = labels_of(data, first_ids(60'000));
  EXPECT_EQ(labels.front(), 9) << "an ankle boot";
  EXPECT_THAT(histogram(labels),
              ::testing::AllOf(::testing::SizeIs(10), ::testing::Each(::testing::Pair(::testing::_, 6000U))));
}

TEST_F(FashionMnist, TestSet) {
  const Dataset data = load_fashion_mnist(FashionMnistPart::test);
  EXPECT_EQ(data.size(), 10'000U);
  EXPECT_EQ(data.input_width(), 784U);
  const std::vector<std::int32_t> labels = labels_of(data, first_ids(10'000));
  EXPECT_EQ(labels.front(), 9);
  EXPECT_THAT(histogram(labels),
              ::testing::AllOf(::testing::SizeIs(10), ::testing::Each(::testing::Pair(::testing::_, 1000U))));
}

// Where the constants of fashion_mnist_scale come from.
TEST_F(FashionMnist, NormalisedByTheMomentsOfTheTrainingSet) {
  const Dataset data = load_fashion_mnist(FashionMnistPart::train);
  double sum = 0;
  double squares = 0;
  for (SampleId id = 0; id < data.size(); ++id) {
    for (const float input : inputs_of(data, {id})) {
      const double pixel = input * fashion_mnist_scale.deviation + fashion_mnist_scale.mean;
      sum += pixel;
      squares += pixel * pixel;
    }
  }
  const auto count = static_cast<double>(data.size() * data.input_width());
  const double mean = sum / count;
  EXPECT_NEAR(mean, fashion_mnist_scale.mean, 5e-5) << "the constant has four digits";
  EXPECT_NEAR(std::sqrt(squares / count - mean * mean), fashion_mnist_scale.deviation, 5e-5);
}

TEST(FashionMnistAbsent, SaysWhichPackageToInstall) {
  const auto nowhere = std::filesystem::path{::testing::TempDir()} / "no fashion here";
  try {
    load_fashion_mnist(FashionMnistPart::train, nowhere);
    FAIL() << "found";
  } catch (const EnvironmentError& error) {
    EXPECT_NE(std::string{error.what()}.find("install the package dataset-fashion-mnist"), std::string::npos);
  }
}

}  // namespace
}  // namespace lockstep
