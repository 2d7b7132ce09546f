// Inputs for kernel tests: the same values on every run.
#pragma once

#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

namespace lockstep::kernels {

inline std::vector<float> normal_values(std::size_t count, unsigned seed) {
  std::mt19937 generator{seed};
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(generator);
  return values;
}

/// In −largest … largest.
inline std::vector<float> integer_values(std::size_t count, int largest, unsigned seed) {
  std::mt19937 generator{seed};
  std::uniform_int_distribution<int> integer{-largest, largest};
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(integer(generator));
  return values;
}

inline std::vector<double> widened(const std::vector<float>& values) { return {values.begin(), values.end()}; }

inline std::vector<double> magnitudes(const std::vector<float>& values) {
  std::vector<double> result = widened(values);
  for (double& value : result) value = std::abs(value);
  return result;
}

}  // namespace lockstep::kernels
