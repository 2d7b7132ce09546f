// A training that is run in blocks of steps and timed.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "harness/data/batch_loader.hpp"
#include "harness/measure/breakdown.hpp"
#include "harness/train/state/training_state.hpp"
#include "harness/train/strategy/strategy.hpp"

namespace lockstep {

class Trainer {
 public:
  /// `training` and `dataset` must outlive the trainer.
  Trainer(World world, const Training& training, const Dataset& dataset, BatchPlan batches, std::string strategy,
          StrategyOptions options);

  /// Trains the next `steps` steps on every rank; the first of them may have been begun by `accumulate`.
  Block run(std::size_t steps);
  /// Begins the next step: stops after its first `micro_batches`, of which it must have more.
  void accumulate(std::size_t micro_batches);

  /// Where the training is, with all that it needs to go on. Waits for all ranks.
  TrainingState state();
  /// Goes on from a state instead of from the start.
  void restore(const TrainingState& state);

  /// The mean loss of each step since the last call, over the whole global batch.
  std::vector<double> take_losses();

  /// Calls `work` on every rank, on its thread, between blocks.
  void on_every_rank(const std::function<void(Rank&, Strategy&)>& work);

  [[nodiscard]] World& world() { return world_; }
  [[nodiscard]] Position position() const { return position_; }

 private:
  World world_;
  const Training& training_;
  const Dataset& dataset_;
  BatchPlan batches_;
  std::string strategy_name_;
  StrategyOptions options_;
  Position position_{};
  std::vector<std::deque<double>> losses_;  // by rank: its parts of the mean, step by step; streams write into them
  std::vector<std::unique_ptr<BatchLoader>> sources_;
  std::vector<std::unique_ptr<Strategy>> strategies_;  // last: their streams use the rest
};

}  // namespace lockstep
