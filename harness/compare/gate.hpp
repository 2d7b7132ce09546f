// Which metrics a comparison judges, and by how much they may change.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/compare/recorded_result.hpp"

namespace lockstep {

/// Relative changes that count, by metric.
class Gate {
 public:
  /// The metrics of the table in gate.cpp with their thresholds.
  Gate();

  /// `3%` or `0.03` for all metrics but exact ones, `step_time=5%` for one, which is judged from then on even where the
  /// table leaves it out. Throws UsageError.
  void set_threshold(const std::string& text);
  /// Judges only these metrics. Throws UsageError for a repeated name.
  void judge_only(const std::vector<std::string>& names);

  /// Throws UsageError when the user named a metric that `result` does not have: a typo must not pass.
  void require_known(const RecordedResult& result) const;

  /// The threshold of a metric; not set when it is not judged.
  [[nodiscard]] std::optional<double> threshold(const RecordedMetric& metric) const;

 private:
  std::map<std::string, double, std::less<>> thresholds_;
  std::vector<std::string> named_;  // by the user
};

}  // namespace lockstep
