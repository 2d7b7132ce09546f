#include "harness/measure/stopping_rule.hpp"

#include <fmt/format.h>

#include "harness/base/error.hpp"
#include "harness/measure/statistics.hpp"

namespace lockstep {
namespace {

Seconds steady_time() { return std::chrono::steady_clock::now().time_since_epoch(); }

}  // namespace

std::optional<double> relative_error_of_median(std::span<const double> values) {
  if (values.size() < 2) return std::nullopt;
  const Interval interval = median_interval(values);
  return (interval.high - interval.low) / 2 / median({values.begin(), values.end()});
}

StoppingRule::StoppingRule(const StoppingLimits& limits, Clock clock)
    : limits_{limits}, clock_{clock ? std::move(clock) : steady_time}, start_{clock_()} {}

std::optional<StoppingRule::Reason> StoppingRule::reason() const {
  if (samples_.size() < limits_.min_samples) return std::nullopt;
  const auto error = relative_error_of_median(samples_);
  if (error && *error <= limits_.relative_error) return Reason::precise;
  if (samples_.size() >= limits_.max_samples) return Reason::max_samples;
  if (clock_() - start_ >= limits_.max_time) return Reason::max_time;
  return std::nullopt;
}

std::string StoppingRule::explanation(std::string_view what) const {
  const auto why = reason();
  require(why.has_value(), "a stopping rule that has not stopped has nothing to explain");
  std::string text = fmt::format("measured {} {}: ", samples_.size(), what);
  if (*why == Reason::max_samples) text += "no more were asked for, ";
  if (*why == Reason::max_time) text += fmt::format("the time of {} was up, ", format_duration(limits_.max_time));
  const auto error = relative_error_of_median(samples_);
  if (!error) return text + "and the error of the median is not known";
  text += fmt::format("the median is known to ±{:.2g} %", 100 * *error);
  if (*error > limits_.relative_error) text += fmt::format(", asked for ±{:.2g} %", 100 * limits_.relative_error);
  return text;
}

}  // namespace lockstep
