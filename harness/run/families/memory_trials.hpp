// Trainings with one batch after the other, each in a process of its own.
#pragma once

#include <vector>

#include "harness/data/dataset.hpp"
#include "harness/measure/batch_trial.hpp"
#include "harness/measure/checks/memory.hpp"
#include "harness/measure/memory_advice.hpp"
#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

/// Tries batches of a scenario's training and remembers each. A trial is `train.steps` steps with the whole batch, one
/// with the last batch of an epoch where there is a smaller one, and one with the whole batch again.
class BatchTrials {
 public:
  /// Loads the data.
  explicit BatchTrials(const Scenario& scenario);
  BatchTrials(const BatchTrials&) = delete;
  BatchTrials& operator=(const BatchTrials&) = delete;

  [[nodiscard]] std::size_t samples() const { return dataset_.size(); }
  [[nodiscard]] const MemoryQuestion& question() const { return question_; }
  /// Of the wanted batch.
  [[nodiscard]] const MemoryAdvice& advice() const { return advice_; }
  [[nodiscard]] const std::vector<BatchTrial>& trials() const { return trials_; }

  /// In a child process. A device that runs out of memory is a result; anything else that goes wrong is an error.
  BatchTrial run(std::size_t batch, std::size_t micro_batches);
  /// The trial of this batch with the scenario's micro-batches, run if it has not been.
  BatchTrial run(std::size_t batch);
  [[nodiscard]] MemoryComparison compare(const BatchTrial& trial) const;

  /// In this process: runs out of memory with the batch `too_large` after two steps with `batch`, then trains with
  /// `batch` on the same devices.
  [[nodiscard]] Recovery recover_from(std::size_t too_large, std::size_t batch) const;

 private:
  [[nodiscard]] BatchTrial in_this_process(std::size_t batch, std::size_t micro_batches) const;
  [[nodiscard]] std::vector<std::size_t> steps_of(std::size_t batch) const;

  const Scenario& scenario_;
  Dataset dataset_;
  Training training_;
  MemoryQuestion question_;  // of training_
  MemoryAdvice advice_;
  std::vector<BatchTrial> trials_;
};

}  // namespace lockstep
