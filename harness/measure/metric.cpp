#include "harness/measure/metric.hpp"

#include <algorithm>

namespace lockstep {

Metric summarised(Metric metric, const std::vector<double>& values) {
  if (values.empty()) return metric;
  const Interval interval = median_interval(values);
  metric.value = median(values);
  metric.low = std::min(interval.low, *metric.value);
  metric.high = std::max(interval.high, *metric.value);
  metric.blocks = values;
  return metric;
}

}  // namespace lockstep
