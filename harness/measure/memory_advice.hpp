// What to do when a batch does not fit, from the prediction.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "harness/measure/memory_prediction.hpp"

namespace lockstep {

/// A training whose batch is to be chosen.
struct MemoryQuestion {
  const Training& training;
  std::string_view strategy;
  StrategyOptions options;
  std::size_t devices;
  std::size_t capacity;  // bytes of each device
  /// Rows of the global batches that occur when the batch is of `batch` samples: perhaps also a last, smaller one.
  std::function<std::vector<std::size_t>(std::size_t batch)> batches;

  [[nodiscard]] TrainingShape with_batch(std::size_t batch) const;
};

/// Batches are of all devices together.
struct MemoryAdvice {
  std::size_t wanted;
  std::size_t devices;
  std::size_t capacity;
  std::size_t fixed;          // bytes before the first batch, on the device that holds most
  std::size_t largest_batch;  // that fits; 0 when none does
  /// The fewest with which the wanted batch fits; nothing when it fits as it is, or with no number of them.
  std::optional<std::size_t> micro_batches;

  [[nodiscard]] bool model_fits() const { return fixed <= capacity; }
  [[nodiscard]] bool wanted_fits() const { return wanted <= largest_batch; }
  [[nodiscard]] std::size_t largest_per_device() const { return (largest_batch + devices - 1) / devices; }
};

/// `most`: samples that there are.
MemoryAdvice advise(const MemoryQuestion& question, std::size_t wanted, std::size_t most);

/// In one sentence, without its full stop.
std::string describe(const MemoryAdvice& advice);

}  // namespace lockstep
