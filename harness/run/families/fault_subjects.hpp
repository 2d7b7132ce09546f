// The trainings of a scenario that faults are planted in: as it is, and changed to what a fault needs.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "harness/faults/trial.hpp"
#include "harness/run/families/checked_training.hpp"

namespace lockstep {

/// A training and the checks that pass on it as long as nothing is wrong with it.
class HonestTraining {
 public:
  /// Trains and judges. Throws RunError when a check does not pass.
  explicit HonestTraining(Scenario scenario);

  [[nodiscard]] const Scenario& scenario() const { return scenario_; }
  [[nodiscard]] const CheckedTraining& comparison() const { return comparison_; }
  [[nodiscard]] const CheckNames& checks() const { return checks_; }
  [[nodiscard]] FaultSubject subject() const;

 private:
  Scenario scenario_;
  CheckedTraining comparison_;
  CheckNames checks_;
};

class FaultSubjects {
 public:
  /// The scenario must outlive it.
  explicit FaultSubjects(const Scenario& scenario) : scenario_{scenario} {}

  /// The scenario's training, or one that differs by what is needed; trained once, when it is first asked for.
  const HonestTraining& with(const Needs& needs);
  /// Half of the smallest norm of a step's gradients: clips in every step. 0 on exact data, which is not clipped.
  double clip_norm();

 private:
  struct Entry {
    Needs needs;
    HonestTraining training;
  };

  const Scenario& scenario_;
  std::vector<std::unique_ptr<Entry>> entries_;
};

/// Why the fault is none in the scenario's training, or cannot be seen there; empty when it is one.
std::string why_no_fault(const Fault& fault, const Scenario& scenario);

}  // namespace lockstep
