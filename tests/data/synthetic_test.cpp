#include "harness/data/synthetic.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "harness/base/error.hpp"
#include "tests/data/copies.hpp"

namespace lockstep {
namespace {

double mean(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double deviation(const std::vector<float>& values) {
  const double centre = mean(values);
  double sum = 0;
  for (const float value : values) sum += (value - centre) * (value - centre);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

TEST(Synthetic, InputsAreStandardNormal) {
  const Dataset data = make_synthetic_values({.samples = 1000, .inputs = 100, .outputs = 4}, 1);
  const std::vector<float> inputs = inputs_of(data, first_ids(1000));
  // Five standard errors of 10^5 independent numbers.
  EXPECT_NEAR(mean(inputs), 0, 5 / std::sqrt(1e5));
  EXPECT_NEAR(deviation(inputs), 1, 5 / std::sqrt(2e5));
}

TEST(Synthetic, ASampleDependsOnSeedAndIdOnly) {
  const Dataset few = make_synthetic_values({.samples = 10, .inputs = 5, .outputs = 3}, 1);
  const Dataset many = make_synthetic_values({.samples = 100, .inputs = 5, .outputs = 3}, 1);
  const Dataset other = make_synthetic_values({.samples = 10, .inputs = 5, .outputs = 3}, 2);
  EXPECT_EQ(inputs_of(few, first_ids(10)), inputs_of(many, first_ids(10)));
  EXPECT_EQ(values_of(few, first_ids(10)), values_of(many, first_ids(10)));
  EXPECT_NE(inputs_of(few, first_ids(10)), inputs_of(other, first_ids(10)));
  EXPECT_NE(values_of(few, first_ids(10)), values_of(other, first_ids(10)));
}

TEST(Synthetic, LabelsNameTheLargestValue) {
  const DataShape shape{.samples = 200, .inputs = 6, .outputs = 4};
  const std::vector<SampleId> ids = first_ids(shape.samples);
  const std::vector<float> values = values_of(make_synthetic_values(shape, 3), ids);
  const std::vector<std::int32_t> labels = labels_of(make_synthetic_labels(shape, 3), ids);
  for (std::size_t sample = 0; sample < shape.samples; ++sample) {
    const auto row = std::span{values}.subspan(sample * shape.outputs, shape.outputs);
    EXPECT_EQ(row[static_cast<std::size_t>(labels[sample])], *std::ranges::max_element(row));
  }
  EXPECT_EQ(std::set(labels.begin(), labels.end()).size(), shape.outputs) << "every class occurs";
}

/// Share of the labels from sample `half` on that perceptrons, one per class, predict after learning those before.
double accuracy_of_perceptrons(const std::vector<float>& inputs, const std::vector<std::int32_t>& labels,
                               const DataShape& shape) {
  std::vector<double> weights(shape.outputs * shape.inputs);
  const auto predict = [&](std::size_t sample) {
    std::vector<double> scores(shape.outputs);
    for (std::size_t out = 0; out < shape.outputs; ++out)
      for (std::size_t in = 0; in < shape.inputs; ++in)
        scores[out] += weights[out * shape.inputs + in] * inputs[sample * shape.inputs + in];
    return static_cast<std::size_t>(std::ranges::max_element(scores) - scores.begin());
  };
  const std::size_t half = shape.samples / 2;
  for (int epoch = 0; epoch < 10; ++epoch) {
    for (std::size_t sample = 0; sample < half; ++sample) {
      const std::size_t predicted = predict(sample);
      for (std::size_t in = 0; in < shape.inputs; ++in) {
        const double x = inputs[sample * shape.inputs + in];
        weights[predicted * shape.inputs + in] -= x;
        weights[static_cast<std::size_t>(labels[sample]) * shape.inputs + in] += x;
      }
    }
  }
  std::size_t right = 0;
  for (std::size_t sample = half; sample < shape.samples; ++sample)
    if (predict(sample) == static_cast<std::size_t>(labels[sample])) ++right;
  return static_cast<double>(right) / static_cast<double>(shape.samples - half);
}

TEST(Synthetic, LabelsCanBeLearnt) {
  const DataShape shape{.samples = 2000, .inputs = 10, .outputs = 4};
  const std::vector<SampleId> ids = first_ids(shape.samples);
  const Dataset data = make_synthetic_labels(shape, 5);
  const std::vector<float> inputs = inputs_of(data, ids);
  EXPECT_GT(accuracy_of_perceptrons(inputs, labels_of(data, ids), shape), 0.8);

  // The plant: labels of another teacher, which say nothing about these inputs beyond one chance in four.
  const std::vector<std::int32_t> unrelated = labels_of(make_synthetic_labels(shape, 6), ids);
  EXPECT_LT(accuracy_of_perceptrons(inputs, unrelated, shape), 0.5);
}

TEST(Synthetic, ImpossibleShapesAreInputErrors) {
  EXPECT_THROW(make_synthetic_values({.samples = 0, .inputs = 1, .outputs = 1}, 1), InputError);
  EXPECT_THROW(make_synthetic_labels({.samples = 1, .inputs = 1, .outputs = 0}, 1), InputError);
}

}  // namespace
}  // namespace lockstep
