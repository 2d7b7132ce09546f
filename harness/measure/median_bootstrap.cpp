#include "harness/measure/median_bootstrap.hpp"

#include <algorithm>
#include <cmath>

#include "harness/base/error.hpp"
#include "harness/base/random.hpp"

namespace lockstep {
namespace {

constexpr std::size_t resamples = 2000;

}  // namespace

std::vector<double> MedianBootstrap::resampled_medians(std::span<const double> values, Sample sample) {
  require(!values.empty(), "an interval of nothing");
  const std::size_t count = values.size();
  std::vector<Middle>& middles = middles_[{count, sample}];
  if (middles.empty()) {
    const RandomStream random{seed_, static_cast<std::uint64_t>(sample)};
    std::vector<std::size_t> ranks(count);
    std::uint64_t draw = 0;
    for (std::size_t i = 0; i < resamples; ++i) {
      for (std::size_t& rank : ranks) rank = random.below(count, draw++);
      std::ranges::sort(ranks);
      middles.push_back({ranks[(count - 1) / 2], ranks[count / 2]});
    }
  }
  std::vector<double> sorted{values.begin(), values.end()};
  std::ranges::sort(sorted);
  std::vector<double> medians;
  medians.reserve(resamples);
  for (const auto& [low, high] : middles) medians.push_back((sorted[low] + sorted[high]) / 2);
  return medians;
}

Interval MedianBootstrap::interval_of(std::vector<double> values) const {
  std::ranges::sort(values);
  const auto outside = static_cast<std::size_t>(std::round((1 - level_) / 2 * static_cast<double>(values.size())));
  return {values[outside], values[values.size() - 1 - outside]};
}

Interval MedianBootstrap::median(std::span<const double> values) {
  return interval_of(resampled_medians(values, Sample::first));
}

Interval MedianBootstrap::median_ratio(std::span<const double> numerator, std::span<const double> denominator) {
  std::vector<double> ratios = resampled_medians(numerator, Sample::first);
  const std::vector<double> below = resampled_medians(denominator, Sample::second);
  for (std::size_t i = 0; i < ratios.size(); ++i) ratios[i] /= below[i];
  return interval_of(std::move(ratios));
}

}  // namespace lockstep
