// What a run of a scenario is compared with, and every check that applies to it.
#pragma once

#include <vector>

#include "harness/measure/check.hpp"
#include "harness/run/families/oracle.hpp"

namespace lockstep {

/// One device's training of a scenario, in its type and in f64. The scenario must outlive it.
class CheckedTraining {
 public:
  /// Trains. Throws as the oracle does.
  explicit CheckedTraining(const Scenario& scenario);
  CheckedTraining(const CheckedTraining&) = delete;

  [[nodiscard]] const Dataset& dataset() const { return dataset_; }
  [[nodiscard]] const Training& training() const { return training_; }
  [[nodiscard]] const Oracle& oracle() const { return oracle_; }
  [[nodiscard]] const Recording& reference() const { return reference_; }

  /// Of the scenario's strategy on the oracle's batches, as long as this lives.
  [[nodiscard]] RecordingPlan plan() const;
  /// A world of the scenario's devices for it.
  [[nodiscard]] World open_world() const;
  [[nodiscard]] std::vector<CheckResult> judge(const Recording& run) const;

 private:
  [[nodiscard]] Recording train_on_one_device() const;

  const Scenario& scenario_;
  Dataset dataset_;
  Training training_;
  StrategyOptions options_;
  Oracle oracle_;
  Recording reference_;
};

}  // namespace lockstep
