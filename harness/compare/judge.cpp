#include "harness/compare/judge.hpp"

#include <algorithm>
#include <cmath>

#include "harness/base/error.hpp"
#include "harness/measure/detection.hpp"
#include "harness/measure/paired_times.hpp"

namespace lockstep {
namespace {

/// A ratio seen so that above 1 is worse.
struct Change {
  double ratio, low, high;

  [[nodiscard]] double size() const { return std::max(ratio, 1 / ratio) - 1; }
  [[nodiscard]] bool is_worse() const { return ratio > 1; }
  [[nodiscard]] bool excludes_one() const { return low > 1 || high < 1; }
  [[nodiscard]] bool lies_within(double threshold) const { return low >= 1 / (1 + threshold) && high <= 1 + threshold; }
};

Change change_of(const ComparedMetric& metric) {
  if (metric.better == Better::lower) return {*metric.ratio, *metric.low, *metric.high};
  return {1 / *metric.ratio, 1 / *metric.high, 1 / *metric.low};
}

std::string percent(double share) { return fmt::format("{:.3g} %", 100 * share); }

/// "4.2 % longer", from candidate over baseline.
std::string describe_ratio(const ComparedMetric& metric) {
  const bool is_more = *metric.ratio > 1;
  const std::string_view word = metric.unit == "s"   ? (is_more ? "longer" : "shorter")
                                : metric.unit == "B" ? (is_more ? "larger" : "smaller")
                                                     : (is_more ? "higher" : "lower");
  return *metric.ratio == 1 ? "equal" : fmt::format("{} {}", percent(std::fabs(*metric.ratio - 1)), word);
}

std::string describe_interval(const ComparedMetric& metric) {
  return fmt::format("[{:+.3g}, {:+.3g}] %", 100 * (*metric.low - 1), 100 * (*metric.high - 1));
}

double smallest_p(Design design, std::size_t baseline, std::size_t candidate) {
  return design == Design::paired ? smallest_signed_rank_p(baseline) : smallest_mann_whitney_p(baseline, candidate);
}

/// How many values a side can reach `alpha`.
std::size_t enough_values(Design design, double alpha) {
  std::size_t count = 1;
  while (smallest_p(design, count, count) > alpha) ++count;
  return count;
}

void settle(ComparedMetric& metric, Verdict verdict, std::string reason) {
  metric.verdict = verdict;
  metric.reason = std::move(reason);
}

bool are_positive(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double value) { return value > 0; });
}

/// A clock that ticks too coarsely, or numbers that nobody measured.
bool are_identical(const std::vector<double>& values) {
  return values.size() > 2 && std::ranges::all_of(values, [&](double value) { return value == values[0]; });
}

ComparedMetric describe(const RunsOfMetric& baseline, const RunsOfMetric& candidate, double threshold) {
  const RecordedMetric& first = candidate.empty() ? *baseline[0] : *candidate[0];
  return {.name = first.name, .unit = first.unit, .better = first.better, .threshold = threshold};
}

/// A difference in what the metric is, over all runs; empty when there is none.
std::string describe_mismatch(const RunsOfMetric& baseline, const RunsOfMetric& candidate) {
  const RecordedMetric& first = *baseline[0];
  for (const RunsOfMetric* runs : {&baseline, &candidate})
    for (const RecordedMetric* metric : *runs) {
      if (metric->unit != first.unit) return fmt::format("in {} and in {}", first.unit, metric->unit);
      if (metric->better != first.better || metric->exact != first.exact) return "defined differently";
    }
  return {};
}

}  // namespace

ComparedMetric Judge::measure(const RunsOfMetric& baseline, const RunsOfMetric& candidate, double threshold) {
  ComparedMetric metric = describe(baseline, candidate, threshold);
  if (candidate.empty()) return settle(metric, Verdict::missing, "the candidate does not have it"), metric;
  if (const std::string why = describe_mismatch(baseline, candidate); !why.empty())
    return settle(metric, Verdict::invalid, why), metric;

  const Units units = units_of(baseline, candidate);
  metric.unit_of_sample = units.unit;
  metric.baseline_units = units.baseline.size();
  metric.candidate_units = units.candidate.size();
  if (units.candidate.size() < candidate.size())
    return settle(metric, Verdict::missing, "it has no value in the candidate"), metric;
  if (units.baseline.size() < baseline.size())
    return settle(metric, Verdict::invalid, "it has no value in the baseline"), metric;

  metric.baseline = median(units.baseline);
  metric.candidate = median(units.candidate);
  if (baseline[0]->exact)
    measure_exact(metric);
  else if (!are_positive(units.baseline) || !are_positive(units.candidate))
    settle(metric, Verdict::invalid, "a ratio needs values above 0");
  else if (are_identical(units.baseline) || are_identical(units.candidate))
    settle(metric, Verdict::invalid, "measured values do not repeat to the last digit, but all of one side do");
  else if (design_ == Design::paired)
    measure_paired(metric, units);
  else
    measure_independent(metric, units);
  return metric;
}

void Judge::measure_exact(ComparedMetric& metric) const {
  metric.unit_of_sample.clear();
  const double before = *metric.baseline, after = *metric.candidate;
  if (before <= 0 || after <= 0) {  // no batch fits, nothing is sent
    const bool is_worse = (metric.better == Better::lower) == (after > before);
    return settle(metric,
                  before == after ? Verdict::same
                  : is_worse      ? Verdict::regressed
                                  : Verdict::improved,
                  before == after ? "equal; exact" : fmt::format("from {:g} to {:g}; exact", before, after));
  }
  metric.ratio = metric.low = metric.high = *metric.candidate / *metric.baseline;
  const Change change = change_of(metric);
  const bool counts = change.size() > *metric.threshold;
  settle(metric,
         !counts             ? Verdict::same
         : change.is_worse() ? Verdict::regressed
                             : Verdict::improved,
         fmt::format("{}; exact, a change counts above {}", describe_ratio(metric), percent(*metric.threshold)));
}

void Judge::measure_independent(ComparedMetric& metric, const Units& units) {
  metric.ratio = *metric.candidate / *metric.baseline;
  const Interval interval = bootstrap_.median_ratio(units.candidate, units.baseline);
  metric.low = std::min(interval.low, *metric.ratio);
  metric.high = std::max(interval.high, *metric.ratio);
  metric.p = rank_test_.p(units.baseline, units.candidate);
  const auto baseline = block_noise(units.baseline), candidate = block_noise(units.candidate);
  if (baseline && candidate) metric.noise_floor = std::max(*baseline, *candidate);
  metric.detectable = detectable_effect(units.baseline, units.candidate, alpha_);
}

void Judge::measure_paired(ComparedMetric& metric, const Units& units) {
  require(units.baseline.size() == units.candidate.size(), "{} and {} runs are no pairs", units.baseline.size(),
          units.candidate.size());
  metric.unit_of_sample = "pair";
  std::vector<double> ratios, logarithms;
  for (std::size_t pair = 0; pair < units.baseline.size(); ++pair) {
    ratios.push_back(units.candidate[pair] / units.baseline[pair]);
    logarithms.push_back(std::log(ratios.back()));
  }
  metric.ratio = median(ratios);
  const Interval interval = bootstrap_.median(ratios);
  metric.low = std::min(interval.low, *metric.ratio);
  metric.high = std::max(interval.high, *metric.ratio);
  metric.p = signed_rank_p(logarithms);
  metric.noise_floor = noise_floor({.baseline = units.baseline, .candidate = units.candidate});
  metric.detectable = detectable_effect_of_pairs(ratios, alpha_);
}

void Judge::decide(ComparedMetric& metric) const {
  const Change change = change_of(metric);
  const double smallest = smallest_p(design_, metric.baseline_units, metric.candidate_units);
  const std::string found = fmt::format("{} {}", describe_ratio(metric), describe_interval(metric));
  if (smallest > alpha_ || !metric.noise_floor)
    return settle(
        metric, Verdict::inconclusive,
        fmt::format("{} and {} {}s cannot show any effect: p is at least {:.2g}, above {:g}; it takes {} of each",
                    metric.baseline_units, metric.candidate_units, metric.unit_of_sample, smallest, alpha_,
                    std::max<std::size_t>(enough_values(design_, alpha_), 4)));

  const double floor = *metric.noise_floor;
  const bool is_large = change.excludes_one() && change.size() >= std::max(*metric.threshold, floor);
  if (is_large && *metric.q < alpha_)
    return settle(metric, change.is_worse() ? Verdict::regressed : Verdict::improved,
                  fmt::format("{}, q = {:.2g}", found, *metric.q));
  if (is_large && *metric.p < alpha_)
    return settle(metric, Verdict::inconclusive,
                  fmt::format("{}; p = {:.2g} does not count among so many metrics (q = {:.2g}): it takes more {}s, or "
                              "fewer metrics",
                              found, *metric.p, *metric.q, metric.unit_of_sample));
  if (floor > *metric.threshold)
    return settle(
        metric, Verdict::inconclusive,
        fmt::format("{}; the threshold of {} is under the noise floor of {}: it would take about {} {}s", found,
                    percent(*metric.threshold), percent(floor),
                    blocks_needed(std::min(metric.baseline_units, metric.candidate_units), floor, *metric.threshold),
                    metric.unit_of_sample));
  if (change.lies_within(*metric.threshold))
    return settle(metric, Verdict::same, fmt::format("{}, within {}", found, percent(*metric.threshold)));
  settle(metric, Verdict::inconclusive,
         fmt::format("{}; an effect of {} could have been seen", found,
                     percent(std::max(metric.detectable.value_or(floor), floor))));
}

}  // namespace lockstep
