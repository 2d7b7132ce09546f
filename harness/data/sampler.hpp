// Which samples make up the global batch of a step, however many ranks then share it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "harness/data/dataset.hpp"

namespace lockstep {

enum class SampleOrder { sequential, shuffled };
/// What becomes of the samples that do not fill a batch at the end of an epoch.
enum class LastBatch { keep, drop };

/// Gives every run, rank and rank count the same batches: a batch is a function of the constructor's arguments and the
/// step. It remembers the order of the current epoch, so each rank (a thread) owns its own.
class Sampler {
 public:
  /// Throws InputError unless 1 ≤ batch ≤ samples.
  Sampler(std::size_t samples, std::size_t batch, SampleOrder order, LastBatch last, std::uint64_t seed);

  [[nodiscard]] std::size_t steps_per_epoch() const;
  /// The ids of step `step`, which may be any step in any order; epoch = step / steps_per_epoch().
  [[nodiscard]] std::vector<SampleId> batch(std::size_t step);
  /// All ids in the order of an epoch; valid until the next call.
  [[nodiscard]] const std::vector<SampleId>& order_of(std::size_t epoch);

  [[nodiscard]] std::size_t samples() const { return samples_; }
  [[nodiscard]] std::size_t batch_size() const { return batch_; }
  [[nodiscard]] SampleOrder order() const { return order_; }
  [[nodiscard]] LastBatch last_batch() const { return last_; }

 private:
  void enter_epoch(std::size_t epoch);

  std::size_t samples_;
  std::size_t batch_;
  SampleOrder order_;
  LastBatch last_;
  std::uint64_t seed_;
  std::optional<std::size_t> epoch_;
  std::vector<SampleId> epoch_ids_;
};

}  // namespace lockstep
