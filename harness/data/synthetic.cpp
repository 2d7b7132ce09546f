#include "harness/data/synthetic.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "harness/base/error.hpp"
#include "harness/base/hash.hpp"
#include "harness/base/random.hpp"

namespace lockstep {
namespace {

/// A stream per purpose, so that no two purposes of one seed share numbers.
FloatRows normal_rows(std::size_t rows, std::size_t width, std::uint64_t seed, std::string_view purpose) {
  const RandomStream random{seed, hash_text(purpose)};
  FloatRows out{std::vector<float>(rows * width), width};
  for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] = static_cast<float>(random.normal(i));
  return out;
}

/// Overwrites the noise in `outputs` [samples, outputs] by x·T / √inputs + 0.1·noise.
void add_teacher(const FloatRows& inputs, const FloatRows& teacher, FloatRows& outputs) {
  const std::size_t samples = inputs.values.size() / inputs.width;
  const double scale = 1 / std::sqrt(static_cast<double>(inputs.width));
  std::vector<double> sum(outputs.width);
  for (std::size_t sample = 0; sample < samples; ++sample) {
    std::ranges::fill(sum, 0.0);
    for (std::size_t in = 0; in < inputs.width; ++in) {
      const double x = inputs.values[sample * inputs.width + in];
      for (std::size_t out = 0; out < outputs.width; ++out) sum[out] += x * teacher.values[in * outputs.width + out];
    }
    for (std::size_t out = 0; out < outputs.width; ++out) {
      float& value = outputs.values[sample * outputs.width + out];
      value = static_cast<float>(scale * sum[out] + 0.1 * value);
    }
  }
}

struct Samples {
  FloatRows inputs;
  FloatRows outputs;
};

Samples draw(const DataShape& shape, std::uint64_t seed) {
  require_possible(shape);
  Samples samples{normal_rows(shape.samples, shape.inputs, seed, "synthetic inputs"),
                  normal_rows(shape.samples, shape.outputs, seed, "synthetic noise")};
  add_teacher(samples.inputs, normal_rows(shape.inputs, shape.outputs, seed, "synthetic teacher"), samples.outputs);
  return samples;
}

ClassLabels largest_of_each_row(const FloatRows& rows) {
  ClassLabels labels{.values = {}, .classes = rows.width};
  for (auto rest = std::span{rows.values}; !rest.empty(); rest = rest.subspan(rows.width)) {
    const auto row = rest.first(rows.width);
    labels.values.push_back(static_cast<std::int32_t>(std::ranges::max_element(row) - row.begin()));
  }
  return labels;
}

}  // namespace

Dataset make_synthetic_labels(const DataShape& shape, std::uint64_t seed) {
  Samples samples = draw(shape, seed);
  return Dataset{std::move(samples.inputs), largest_of_each_row(samples.outputs)};
}

Dataset make_synthetic_values(const DataShape& shape, std::uint64_t seed) {
  Samples samples = draw(shape, seed);
  return Dataset{std::move(samples.inputs), std::move(samples.outputs)};
}

}  // namespace lockstep
