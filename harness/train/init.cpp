#include "harness/train/init.hpp"

#include <cmath>

#include "harness/base/random.hpp"

namespace lockstep {
namespace {

std::vector<float> uniform_values(const ParameterSpec& spec, const RandomStream& random) {
  const double bound = 1 / std::sqrt(static_cast<double>(spec.fan_in));
  std::vector<float> values(count_of(spec.shape));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(bound * (2 * random.uniform(i) - 1));
  return values;
}

std::vector<float> normal_values(const ParameterSpec& spec, const RandomStream& random) {
  std::vector<float> values(count_of(spec.shape));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(*spec.deviation * random.normal(i));
  return values;
}

std::vector<float> ternary_vector(std::size_t count, const RandomStream& random) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(random.below(3, i)) - 1;
  return values;
}

/// Positions may coincide, so a row may have fewer non-zeros.
std::vector<float> sparse_matrix(std::size_t rows, std::size_t columns, std::size_t non_zeros,
                                 const RandomStream& random) {
  std::vector<float> values(rows * columns);
  for (std::size_t draw = 0; draw < rows * non_zeros; ++draw) {
    const std::size_t row = draw / non_zeros;
    const std::size_t column = random.below(columns, 2 * draw);
    values[row * columns + column] = random.below(2, 2 * draw + 1) == 0 ? -1.0F : 1.0F;
  }
  return values;
}

/// `make(spec, random)` for each parameter, each with a random stream of its own, joined.
template <typename Make>
std::vector<float> join(const std::vector<ParameterSpec>& specs, std::uint64_t seed, const Make& make) {
  std::vector<float> all;
  for (std::size_t index = 0; index < specs.size(); ++index) {
    const ParameterSpec& spec = specs[index];
    const RandomStream random{seed, index};
    const std::vector<float> values = spec.start       ? constant({spec}, *spec.start)
                                      : spec.deviation ? normal_values(spec, random)
                                                       : make(spec, random);
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

}  // namespace

std::vector<float> kaiming_uniform(const std::vector<ParameterSpec>& specs, std::uint64_t seed) {
  return join(specs, seed, uniform_values);
}

std::vector<float> sparse_ternary(const std::vector<ParameterSpec>& specs, std::uint64_t seed, std::size_t non_zeros) {
  return join(specs, seed, [non_zeros](const ParameterSpec& spec, const RandomStream& random) {
    const std::size_t count = count_of(spec.shape);
    if (spec.shape.size() < 2) return ternary_vector(count, random);
    const bool is_convolution = spec.shape.size() > 2;
    return sparse_matrix(spec.shape[0], count / spec.shape[0], is_convolution ? 1 : non_zeros, random);
  });
}

std::vector<float> constant(const std::vector<ParameterSpec>& specs, double value) {
  return std::vector<float>(count_of(specs), static_cast<float>(value));
}

}  // namespace lockstep
