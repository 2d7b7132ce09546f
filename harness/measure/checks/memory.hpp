// The checks of what a training takes and of what fits; each is seen to fail in tests/measure/memory_checks_test.cpp.
#pragma once

#include <span>
#include <vector>

#include "harness/measure/batch_trial.hpp"
#include "harness/measure/check.hpp"
#include "harness/measure/memory_prediction.hpp"

namespace lockstep {

/// Devices of one training.
struct MemoryComparison {
  std::vector<MemoryPeaks> predicted;
  std::vector<MemoryAccount> measured;
};

/// Every device's peak of every use and of the total is the predicted one, to the byte.
CheckResult check_memory_prediction(std::span<const MemoryComparison> trainings);

/// The batch one granularity above the largest was tried, a device ran out of memory, and the message says which
/// device, for what use, and a batch that would fit, which is right.
CheckResult check_next_batch(std::span<const BatchTrial> trials, std::size_t largest, std::size_t granularity);

/// What the user is advised to do was tried and fits.
CheckResult check_advice(const BatchTrial& advised);

/// A world that ran out of memory and then trained on.
struct Recovery {
  bool ran_out = false;
  std::vector<MemoryAccount> after_failure;  // of each device
  std::vector<double> losses;                // of the training after it
  std::vector<MemoryAccount> at_end;
  std::vector<double> fresh_losses;  // of the same training in a new world
};

/// Nothing is left of the training that ran out, and the next one on the same devices computes what a new world does.
CheckResult check_recovery(const Recovery& recovery);

}  // namespace lockstep
