// Compares two sides case by case and metric by metric.
#pragma once

#include <set>
#include <string>
#include <utility>

#include "harness/compare/comparison.hpp"
#include "harness/compare/gate.hpp"
#include "harness/compare/judge.hpp"
#include "harness/compare/side.hpp"

namespace lockstep {

/// Case and metric.
using Hypotheses = std::set<std::pair<std::string, std::string>>;

struct CompareOptions {
  Gate gate;
  double alpha = 0.01;
  Design design = Design::independent;  // paired: the k-th runs of both sides were measured in turn
  /// Judges only these metrics; empty: all that the gate lets through.
  Hypotheses only{};
  /// Verdicts of cases that end in an exit code other than 0.
  std::set<Verdict> fail_on{Verdict::fail,    Verdict::error,   Verdict::regressed,
                            Verdict::invalid, Verdict::missing, Verdict::inconclusive};
};

/// Never passes because nothing was compared. Throws InputError when the sides have a run in common, or a paired design
/// has sides of different length.
Comparison compare(const Side& baseline, const Side& candidate, const CompareOptions& options);

/// The worst of its metrics, where it has any.
void conclude(ComparedCase& one);

/// Sets exit code and conclusion from the cases.
void conclude(Comparison& comparison, const std::set<Verdict>& fail_on);

}  // namespace lockstep
