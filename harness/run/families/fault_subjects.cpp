#include "harness/run/families/fault_subjects.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/base/error.hpp"
#include "harness/run/setup.hpp"

namespace lockstep {
namespace {

bool is_bf16(const Scenario& scenario) { return scenario.train.dtype == TrainSpec::Type::bf16; }

Scenario changed(const Scenario& scenario, const Needs& needs, double clip_norm) {
  Scenario result = scenario;
  if (needs.rows > 0) result.train.batch = needs.rows;
  if (needs.micro_batches > 0) result.train.micro_batches = needs.micro_batches;
  if (needs.clipping) result.train.clip_norm = clip_norm;
  return result;
}

/// The needs that another training is made for; the others are met or not.
Needs made_for(const Needs& needs) {
  return {.rows = needs.rows, .micro_batches = needs.micro_batches, .clipping = needs.clipping};
}

bool has_uneven(const std::vector<Rows>& pieces) {
  return std::ranges::any_of(pieces, [&](const Rows& piece) { return piece.count != pieces.front().count; });
}

double norm_of(const std::vector<double>& values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares);
}

}  // namespace

HonestTraining::HonestTraining(Scenario scenario) : scenario_{std::move(scenario)}, comparison_{scenario_} {
  for (const CheckResult& check : judge_honest_run(subject())) {
    if (check.verdict != Verdict::pass)
      throw RunError{fmt::format("without a fault {} is {}: {}", check.name, name_of(check.verdict), check.because)};
    checks_.insert(check.name);
  }
}

FaultSubject HonestTraining::subject() const {
  return {.is_exact = is_exact(scenario_),
          .is_bf16 = is_bf16(scenario_),
          .dataset = comparison_.dataset(),
          .plan = comparison_.plan(),
          .training = [this] { return make_training(scenario_); },
          .open_world = [this] { return comparison_.open_world(); },
          .judge = [this](const Recording& run) { return comparison_.judge(run); }};
}

const HonestTraining& FaultSubjects::with(const Needs& needs) {
  const Needs wanted = made_for(needs);
  for (const auto& entry : entries_)
    if (entry->needs == wanted) return entry->training;
  const double norm = wanted.clipping ? clip_norm() : 0;
  entries_.push_back(std::unique_ptr<Entry>{new Entry{wanted, HonestTraining{changed(scenario_, wanted, norm)}}});
  return entries_.back()->training;
}

double FaultSubjects::clip_norm() {
  if (is_exact(scenario_)) return 0;
  double smallest = std::numeric_limits<double>::infinity();
  for (const StepRecord& step : with({}).comparison().reference().steps)
    smallest = std::min(smallest, norm_of(step.ranks[0].gradients));
  return smallest / 2;
}

std::string why_no_fault(const Fault& fault, const Scenario& scenario) {
  const std::string strategy{strategy_name(scenario)};
  const std::size_t devices = scenario.run.devices;
  const auto split = [&](std::size_t rows) { return make_options(scenario).split(rows, devices); };
  const OptimizerSpec& optimizer = scenario.train.optimizer;
  const bool is_sgd = optimizer.kind == OptimizerSpec::Kind::sgd;
  if (std::ranges::find(fault.strategies, strategy) == fault.strategies.end())
    return fmt::format("{} has nothing of the kind", strategy);
  if (fault.needs.dropout && scenario.model.dropout == 0) return "the network has no dropout";
  if (fault.needs.momentum && !(is_sgd && optimizer.momentum > 0)) return "the optimizer has no momentum";
  if (fault.needs.learning_rate && !is_sgd) return "the optimizer's steps are not in proportion to the gradient";
  if (fault.needs.clipping && is_exact(scenario)) return "exact data is not clipped";
  if (fault.needs.uneven_pieces && !has_uneven(split(scenario.global_batch()))) return "the pieces are equally large";
  if (expected_on(fault, is_exact(scenario), is_bf16(scenario)).empty()) {
    if (is_bf16(scenario) && !expected_on(fault, is_exact(scenario), false).empty())
      return "changes nothing that bf16 holds";
    return is_exact(scenario) ? "exact data has no such state"
                              : "below the rounding of real data: for exact data to see";
  }
  return "";
}

}  // namespace lockstep
