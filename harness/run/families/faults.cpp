#include <algorithm>

#include "harness/base/error.hpp"
#include "harness/faults/catalogue.hpp"
#include "harness/run/families/checkpoint_faults.hpp"
#include "harness/run/families/family.hpp"
#include "harness/run/families/fault_subjects.hpp"
#include "harness/run/setup.hpp"

namespace lockstep {
namespace {

CheckNames intersection(const CheckNames& a, const CheckNames& b) {
  CheckNames both;
  std::ranges::set_intersection(a, b, std::inserter(both, both.end()));
  return both;
}

/// What must fail of the checks that the training has.
CheckNames must_fail(const Fault& fault, const HonestTraining& honest) {
  const FaultSubject subject = honest.subject();
  CheckNames known = honest.checks();
  known.insert(an_error);
  return intersection(expected_on(fault, subject.is_exact, subject.is_bf16), known);
}

TriedFault tried(const Fault& fault, FaultSubjects& subjects, const Scenario& scenario) {
  TriedFault result{.id = fault.id, .source = fault.source, .acts = fault.place()};
  result.reason = why_no_fault(fault, scenario);
  if (!result.reason.empty()) return result;
  const HonestTraining& honest = subjects.with(fault.needs);
  result.expected = must_fail(fault, honest);
  if (result.expected.empty()) {
    result.reason = "the checks that see it do not apply";
    return result;
  }
  return judged(std::move(result), try_fault(fault, honest.subject()));
}

/// The batches of correct runs: some leave devices with less work or none.
std::size_t batch_of(const Scenario& scenario, std::size_t run) {
  const std::size_t batch = scenario.train.batch;
  if (!is_exact(scenario)) return std::max<std::size_t>(batch - run % 5, 2);
  return std::max<std::size_t>(batch >> run % 3, 2);
}

/// Honest runs with other seeds and batches; the alarms among them.
CorrectRuns correct_runs(const Scenario& scenario) {
  CorrectRuns result;
  for (std::size_t run = 0; result.runs < scenario.faults.correct_runs; ++run) {
    Scenario other = scenario;
    other.train.seed += run + 1;
    other.train.batch = batch_of(scenario, run);
    if (run >= 10 * scenario.faults.correct_runs)
      throw RunError{"too few seeds whose exact data is free of rounding; expected a smaller network or batch"};
    try {
      const CheckedTraining comparison{other};
      World world = comparison.open_world();
      const auto checks =
          comparison.judge(record(world, comparison.training(), comparison.dataset(), comparison.plan()));
      ++result.runs;
      for (const CheckResult& check : checks)
        if (check.verdict != Verdict::pass)
          result.alarms.push_back(
              fmt::format("seed {}, batch {}: {}: {}", other.train.seed, other.train.batch, check.name, check.because));
    } catch (const InputError&) {
      // Exact data of this seed would round: no run.
    }
  }
  return result;
}

std::vector<TriedFault> try_all_in_training(const Scenario& scenario) {
  FaultSubjects subjects{scenario};
  const FaultSetting setting{.strategy = std::string{strategy_name(scenario)},
                             .ranks = static_cast<int>(scenario.run.devices),
                             .samples = subjects.with({}).comparison().dataset().size(),
                             .has_buffers = scenario.model.couples_samples(),
                             .clip_norm = subjects.clip_norm()};
  std::vector<TriedFault> all;
  for (const Fault& fault : catalogue(setting)) all.push_back(tried(fault, subjects, scenario));
  return all;
}

}  // namespace

CaseResult run_faults(const CaseRun& context) {
  const Scenario& scenario = context.one.scenario;
  CaseResult result;
  const bool is_in_training = scenario.faults.planted_in == FaultsSpec::In::training;
  result.faults = is_in_training ? try_all_in_training(scenario) : try_all_in_checkpoints(scenario, context.directory);
  result.checks.push_back(check_faults(result.faults));
  result.metrics = metrics_of(result.faults);
  if (scenario.faults.correct_runs > 0) {
    const CorrectRuns correct =
        is_in_training ? correct_runs(scenario) : correct_resumptions(scenario, context.directory);
    result.checks.push_back(check_correct_runs(correct));
    std::ranges::move(metrics_of(correct), std::back_inserter(result.metrics));
  }
  return result;
}

}  // namespace lockstep
