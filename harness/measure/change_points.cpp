#include "harness/measure/change_points.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "harness/base/error.hpp"
#include "harness/measure/rank_tests.hpp"
#include "harness/measure/statistics.hpp"

namespace lockstep {
namespace {

constexpr std::size_t most_points = 2000;  // the search takes their square
constexpr double significance = 0.001;

/// The sum of distances from the median of values that are added one by one.
class DistanceFromMedian {
 public:
  void add(double value) {
    if (low_.empty() || value <= *low_.rbegin()) {
      low_.insert(value);
      low_sum_ += value;
    } else {
      high_.insert(value);
      high_sum_ += value;
    }
    if (low_.size() > high_.size() + 1) move(low_, std::prev(low_.end()), low_sum_, high_, high_sum_);
    if (high_.size() > low_.size()) move(high_, high_.begin(), high_sum_, low_, low_sum_);
  }

  [[nodiscard]] double sum() const {
    const double middle = *low_.rbegin();
    return middle * static_cast<double>(low_.size()) - low_sum_ + high_sum_ -
           middle * static_cast<double>(high_.size());
  }

 private:
  using Half = std::multiset<double>;

  static void move(Half& from, Half::iterator value, double& from_sum, Half& to, double& to_sum) {
    from_sum -= *value;
    to_sum += *value;
    to.insert(from.extract(value));
  }

  Half low_, high_;  // the lower half, which has the median, and the upper one
  double low_sum_ = 0, high_sum_ = 0;
};

/// The standard deviation of the noise, from differences of neighbours: steps hardly touch their median.
double noise_of(std::span<const double> values) {
  std::vector<double> differences;
  for (std::size_t i = 1; i < values.size(); ++i) differences.push_back(std::fabs(values[i] - values[i - 1]));
  return 1.4826 * median(std::move(differences)) / std::sqrt(2.0);
}

/// Starts of the levels of the cheapest partition, the first one (0) included.
std::vector<std::size_t> cheapest_levels(std::span<const double> values, double penalty) {
  const std::size_t count = values.size();
  std::vector<double> cost(count + 1, std::numeric_limits<double>::infinity());  // of the values before an index
  std::vector<std::size_t> start_of_last(count + 1, 0);
  cost[0] = -penalty;
  // All levels that start here, at once: their distances come from one pass.
  for (std::size_t start = 0; start + least_points_of_a_level <= count; ++start) {
    if (!std::isfinite(cost[start])) continue;
    DistanceFromMedian level;
    for (std::size_t end = start + 1; end <= count; ++end) {
      level.add(values[end - 1]);
      if (end - start < least_points_of_a_level) continue;
      const double total = cost[start] + penalty + level.sum();
      if (total >= cost[end]) continue;
      cost[end] = total;
      start_of_last[end] = start;
    }
  }
  std::vector<std::size_t> starts;
  for (std::size_t end = count; end > 0; end = start_of_last[end]) starts.insert(starts.begin(), start_of_last[end]);
  return starts;
}

/// The step at each start of a level but the first.
std::vector<ChangePoint> steps_between(std::span<const double> values, const std::vector<std::size_t>& starts) {
  std::vector<ChangePoint> steps;
  for (std::size_t i = 1; i < starts.size(); ++i) {
    const std::size_t end = i + 1 < starts.size() ? starts[i + 1] : values.size();
    const auto before = values.subspan(starts[i - 1], starts[i] - starts[i - 1]);
    const auto after = values.subspan(starts[i], end - starts[i]);
    steps.push_back({.at = starts[i],
                     .ratio = median({after.begin(), after.end()}) / median({before.begin(), before.end()}),
                     .p = mann_whitney_p(before, after)});
  }
  return steps;
}

bool is_convincing(const ChangePoint& step) {
  return step.p < significance && std::max(step.ratio, 1 / step.ratio) - 1 >= least_step;
}

}  // namespace

std::vector<ChangePoint> find_change_points(std::span<const double> values) {
  if (values.size() < least_points_of_a_trend) return {};
  const std::size_t skipped = values.size() - std::min(values.size(), most_points);
  const std::span<const double> recent = values.subspan(skipped);
  std::vector<double> logarithms;
  for (const double value : recent) {
    require(value > 0, "a trend of {}", value);
    logarithms.push_back(std::log(value));
  }
  const double penalty = 4 * noise_of(logarithms) * std::log(static_cast<double>(recent.size()));
  std::vector<std::size_t> starts = cheapest_levels(logarithms, penalty);
  // The least convincing step goes first, since its levels then have more values for the others.
  std::vector<ChangePoint> steps = steps_between(recent, starts);
  while (!std::ranges::all_of(steps, is_convincing)) {
    const auto weakest = std::ranges::max_element(steps, {}, [](const ChangePoint& step) {
      return std::pair{!is_convincing(step), step.p};
    });
    starts.erase(starts.begin() + (weakest - steps.begin()) + 1);
    steps = steps_between(recent, starts);
  }
  for (ChangePoint& step : steps) step.at += skipped;
  return steps;
}

}  // namespace lockstep
