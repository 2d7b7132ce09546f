// What the faults came to: the power of the checks.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "harness/faults/trial.hpp"
#include "harness/measure/check.hpp"
#include "harness/measure/metric.hpp"

namespace lockstep {

enum class FaultVerdict {
  caught,          // by all checks that must see it
  missed,          // by one of them
  not_fired,       // it was planted where nothing came by
  not_applicable,  // it is no fault here, or cannot be seen here
};

constexpr std::string_view name_of(FaultVerdict verdict) {
  constexpr std::array<std::string_view, 4> names{"caught", "missed", "not_fired", "not_applicable"};
  return names[static_cast<std::size_t>(verdict)];
}

/// One fault, planted in one training.
struct TriedFault {
  std::string id;
  std::string source{};
  std::string acts{};
  FaultVerdict verdict = FaultVerdict::not_applicable;
  CheckNames expected{};   // the checks that must fail
  CheckNames caught_by{};  // those that did, whether they must or not
  std::string reason{};    // why it does not apply or was missed; the error by which it was caught
};

/// `tried`, with its expected checks, after a run on which `failed` did not pass.
TriedFault judged(TriedFault tried, const TrialOutcome& outcome);

/// Passes when every fault that applies fired and was caught, and one applied: `worst` is how many were not.
CheckResult check_faults(const std::vector<TriedFault>& faults);
/// Its score, caught / applicable, with both numbers.
std::vector<Metric> metrics_of(const std::vector<TriedFault>& faults);

/// Runs without a fault, and what the checks said against them.
struct CorrectRuns {
  std::size_t runs = 0;
  std::vector<std::string> alarms{};
};

/// Passes without an alarm on at least one run.
CheckResult check_correct_runs(const CorrectRuns& correct);
std::vector<Metric> metrics_of(const CorrectRuns& correct);

}  // namespace lockstep
