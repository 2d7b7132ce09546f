// What came of comparing two results: verdicts per metric and case, and what they rest on. Plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/base/error.hpp"
#include "harness/measure/metric.hpp"
#include "harness/measure/verdict.hpp"

namespace lockstep {

/// One side: the runs that were read.
struct ComparedSide {
  std::string label;                 // the path or name given by the user
  std::vector<std::string> run_ids;  // empty texts for results of older programs
  std::string started;               // of the first run, UTC
  std::string commit;                // "unknown" where the results do not say
};

/// A fact of program or machine that is not the same on both sides.
struct Difference {
  std::string what;  // "tool.build_type", "environment.hardware.cpu"
  std::string baseline, candidate;
  bool forbids = false;  // numbers of the two are not comparable at all
};

/// One metric of one case on both sides.
struct ComparedMetric {
  std::string name;
  std::string unit;
  Better better = Better::none;
  Verdict verdict = Verdict::inconclusive;        // same, regressed, improved, inconclusive, invalid or missing
  std::string reason{};                           // in words, also for SAME
  std::optional<double> baseline{}, candidate{};  // medians, in `unit`
  std::optional<double> ratio{}, low{}, high{};   // candidate/baseline and its interval
  std::optional<double> p{}, q{};                 // of "no difference"; q after Benjamini and Hochberg over all metrics
  std::optional<double> threshold{};              // relative; a smaller change does not count
  std::optional<double> noise_floor{};            // relative; what equal sides may show
  std::optional<double> detectable{};             // the smallest relative effect that could have been seen
  std::size_t baseline_units = 0, candidate_units = 0;
  std::string unit_of_sample{};  // "block", "run", "pair" of runs; empty for an exact metric
};

/// A case of either side.
struct ComparedCase {
  std::string name;
  std::string family;
  std::string tier;
  Verdict verdict = Verdict::missing;  // the worst of its metrics; FAIL and ERROR are the candidate's own
  std::string reason{};
  std::vector<ComparedMetric> metrics{};
};

struct Comparison {
  ComparedSide baseline, candidate;
  double alpha = 0.01;
  std::string design;  // "independent" or "paired"
  std::vector<Difference> differences;
  std::vector<ComparedCase> cases;  // in the baseline's order, then those that only the candidate has
  std::size_t compared = 0;         // metrics that came to SAME, IMPROVED or REGRESSED
  ExitCode exit_code = ExitCode::inconclusive;
  std::string conclusion;  // one sentence
};

}  // namespace lockstep
