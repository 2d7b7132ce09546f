// When enough has been measured.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/base/units.hpp"

namespace lockstep {

/// Half the width of the median's 95 % interval, as a share of the median. Not set for fewer than two values, which say
/// nothing about their error.
std::optional<double> relative_error_of_median(std::span<const double> values);

struct StoppingLimits {
  double relative_error;    // of the median of the samples
  std::size_t min_samples;  // taken whatever the other limits say
  std::size_t max_samples;
  Seconds max_time;
};

/// Takes one sample after the other until their median is precise, or there are enough, or time is up.
class StoppingRule {
 public:
  enum class Reason { precise, max_samples, max_time };
  /// Time that never goes backwards.
  using Clock = std::function<Seconds()>;

  /// Time counts from here. `clock` is the machine's steady clock when empty.
  explicit StoppingRule(const StoppingLimits& limits, Clock clock = {});

  void add(double sample) { samples_.push_back(sample); }
  [[nodiscard]] std::size_t samples() const { return samples_.size(); }
  /// Why to stop now; not set while there is more to measure.
  [[nodiscard]] std::optional<Reason> reason() const;
  /// One sentence: how many samples, called `what`, and why no more. Throws InternalError while there is more to
  /// measure.
  [[nodiscard]] std::string explanation(std::string_view what) const;

 private:
  StoppingLimits limits_;
  Clock clock_;
  Seconds start_;
  std::vector<double> samples_;
};

}  // namespace lockstep
