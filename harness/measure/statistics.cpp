#include "harness/measure/statistics.hpp"

#include <algorithm>
#include <cmath>

#include "harness/base/error.hpp"
#include "harness/measure/median_bootstrap.hpp"

namespace lockstep {

double median(std::vector<double> values) {
  require(!values.empty(), "the median of nothing");
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double spread(std::span<const double> values) {
  const double center = median({values.begin(), values.end()});
  std::vector<double> deviations;
  for (const double value : values) deviations.push_back(std::fabs(value - center));
  return 1.4826 * median(std::move(deviations));
}

Interval median_interval(std::span<const double> values, std::uint64_t seed) {
  return MedianBootstrap{0.95, seed}.median(values);
}

}  // namespace lockstep
