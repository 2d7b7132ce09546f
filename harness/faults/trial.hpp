// One run with one fault in it.
#pragma once

#include "harness/faults/fault.hpp"
#include "harness/faults/subject.hpp"

namespace lockstep {

/// CheckNames of the checks that did not pass, or `an_error`, and how often the fault fired.
struct TrialOutcome {
  CheckNames failed;
  int fired = 0;
  int changed = 0;      // how often it made a difference
  std::string error{};  // the message of the error
};

/// Records the subject with the fault planted and judges it. What the run throws as Error is an outcome too.
TrialOutcome try_fault(const Fault& fault, const FaultSubject& subject);

/// Records the subject as it is and judges it.
std::vector<CheckResult> judge_honest_run(const FaultSubject& subject);

/// The checks that must fail on data like the subject's; empty where the fault cannot be seen on them.
CheckNames expected_on(const Fault& fault, bool is_exact, bool is_bf16);

/// CheckNames of the checks that did not pass.
CheckNames failures(const std::vector<CheckResult>& results);

}  // namespace lockstep
