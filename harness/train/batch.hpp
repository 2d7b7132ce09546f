// Where a strategy gets its samples from.
#pragma once

#include <cstddef>

#include "harness/device/tensor.hpp"

namespace lockstep {

/// Rows [first, first + count) of a global batch.
struct Rows {
  std::size_t first = 0;
  std::size_t count = 0;
  friend bool operator==(const Rows&, const Rows&) = default;
};

/// Samples on a device: inputs [rows, …sample]; targets i32, one for each prediction, or like the outputs.
struct Batch {
  Tensor inputs;
  Tensor targets;
};

/// The global batch of every step. One per rank; all ranks' sources give the same batches.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  /// Samples in the global batch of `step`.
  [[nodiscard]] virtual std::size_t rows(std::size_t step) = 0;
  /// Queues the copy of some rows to the rank's device; valid until the next call.
  virtual Batch load(Stream& stream, std::size_t step, Rows rows) = 0;
};

}  // namespace lockstep
