// Compares two sides case by case and metric by metric.
#pragma once

#include <set>

#include "harness/compare/comparison.hpp"
#include "harness/compare/gate.hpp"
#include "harness/compare/judge.hpp"
#include "harness/compare/side.hpp"

namespace lockstep {

struct CompareOptions {
  Gate gate;
  double alpha = 0.01;
  Design design = Design::independent;  // paired: the k-th runs of both sides were measured in turn
  /// Verdicts of cases that end in an exit code other than 0.
  std::set<Verdict> fail_on{Verdict::fail,    Verdict::error,   Verdict::regressed,
                            Verdict::invalid, Verdict::missing, Verdict::inconclusive};
};

/// Never passes because nothing was compared. Throws InputError when the sides have a run in common, or a paired design
/// has sides of different length.
Comparison compare(const Side& baseline, const Side& candidate, const CompareOptions& options);

/// Sets exit code and conclusion from the cases.
void conclude(Comparison& comparison, const std::set<Verdict>& fail_on);

}  // namespace lockstep
