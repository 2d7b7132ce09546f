// A few steps of training that leave nothing behind but what was seen.
#pragma once

#include <string_view>
#include <vector>

#include "harness/data/dataset.hpp"
#include "harness/train/strategy/strategy.hpp"

namespace lockstep {

struct ShortTraining {
  std::string_view strategy;
  const StrategyOptions& options;
  std::vector<std::size_t>
      batches;  // rows of each step's global batch; samples in a row, from the start again at the end
};

struct ShortTrainingRecord {
  std::vector<double> losses;                   // of each step, over the global batch
  std::vector<MemoryAccount> accounts;          // of each device after the last step, before anything is given back
  std::optional<std::size_t> outside_accounts;  // the most that is in use on a device beyond them, then
};

/// Trains from the initial values on `world`. All memory has been given back at the end, also after an error, for which
/// `recover` is needed. The accounts' peaks are those of the world: also of what it did before.
ShortTrainingRecord train_shortly(World& world, const Training& training, const Dataset& dataset,
                                  const ShortTraining& plan);

}  // namespace lockstep
