// The verdict on one metric.
#pragma once

#include <optional>

#include "harness/compare/comparison.hpp"
#include "harness/compare/units.hpp"
#include "harness/measure/median_bootstrap.hpp"
#include "harness/measure/rank_tests.hpp"

namespace lockstep {

/// How the two sides were measured: each by itself, or in turn, so that a pair saw the same machine.
enum class Design { independent, paired };

/// Judges metrics in two passes, since how small a p-value must be depends on all of them. The rules:
///   REGRESSED  q < alpha, the interval excludes 1, and the change for the worse is at least threshold and noise floor
///   IMPROVED   the same for the better
///   SAME       the interval lies within 1/(1+threshold) … 1+threshold (two one-sided tests at alpha: its level is
///              1 - 2·alpha), the noise floor is at most the threshold, and there are enough values to find anything
///   INCONCLUSIVE  else; the reason says what would help
class Judge {
 public:
  Judge(double alpha, Design design) : alpha_{alpha}, design_{design}, bootstrap_{1 - 2 * alpha} {}

  /// Everything but q and the verdict, which is set only where it does not depend on others: INVALID, MISSING, and
  /// the metrics that are exact. `threshold`: relative.
  ComparedMetric measure(const RunsOfMetric& baseline, const RunsOfMetric& candidate, double threshold);

  /// The verdict of a metric that has its p, once its `q` is known.
  void decide(ComparedMetric& metric) const;

 private:
  void measure_exact(ComparedMetric& metric) const;
  void measure_independent(ComparedMetric& metric, const Units& units);
  void measure_paired(ComparedMetric& metric, const Units& units);

  double alpha_;
  Design design_;
  MedianBootstrap bootstrap_;
  MannWhitneyTest rank_test_;
};

}  // namespace lockstep
