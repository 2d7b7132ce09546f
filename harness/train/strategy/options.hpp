// How a strategy divides the work.
#pragma once

#include <cstddef>

#include "harness/base/units.hpp"
#include "harness/train/split.hpp"

namespace lockstep {

/// Sizes of ddp's gradient buckets in bytes (torch's defaults).
struct Bucketing {
  std::size_t first = 1 * MiB;
  std::size_t others = 25 * MiB;
};

/// What ddp's gradients are the mean of.
enum class Averaging {
  samples,  // of all samples of the global batch
  devices,  // of the devices' means, as torch does it: biased when pieces differ in size
};

struct StrategyOptions {
  Bucketing buckets{};
  Split split = chunk;
  /// A step accumulates the gradients of so many parts of its batch, one after the other, before it updates.
  std::size_t micro_batches = 1;
  Averaging averaging = Averaging::samples;
};

/// One of the parts of a global batch whose gradients are accumulated.
struct MicroBatch {
  std::size_t step = 0;
  std::size_t index = 0;
  std::size_t count = 1;                   // of them in this step
  std::size_t batch_rows = 0;              // of the whole global batch
  std::vector<Rows> pieces;                // each device's rows of it, as rows of the global batch
  [[nodiscard]] std::size_t rows() const;  // of all devices together
  [[nodiscard]] bool is_first() const { return index == 0; }
  [[nodiscard]] bool is_last() const { return index + 1 == count; }
};

/// The parts of a batch of `rows`, by torch.chunk's rule, each split over `devices`.
std::vector<MicroBatch> micro_batches_of(const StrategyOptions& options, std::size_t step, std::size_t rows,
                                         std::size_t devices);

}  // namespace lockstep
