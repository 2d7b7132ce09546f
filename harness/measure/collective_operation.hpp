// One rank's part of one collective, with operands from which the result is known exactly.
#pragma once

#include "harness/device/world.hpp"
#include "harness/measure/collective_shape.hpp"

namespace lockstep {

/// Owns its operands, which are on the rank's device.
class CollectiveOperation {
 public:
  /// Throws OutOfMemory, and InternalError for a barrier or a shape without an element for every rank.
  CollectiveOperation(Rank& rank, const CollectiveShape& shape);

  /// Queues zeros into all operands: they stay zeros however often the operation is run.
  void clear(Stream& stream) const;
  /// Puts in small integers that differ by rank and by element, and into what is to be overwritten a value that no
  /// result has. Waits.
  void craft(Stream& stream) const;
  /// Queues the collective.
  void run(Stream& stream) const { rank_.group->submit(stream, call_); }
  /// After `craft` and `run`: every element of this rank's result against what it must be. Waits.
  [[nodiscard]] ComparedElements compare(Stream& stream) const;

  /// S as it is used.
  [[nodiscard]] std::size_t bytes() const { return call_.bytes(rank_.group->size()); }

 private:
  /// What element `index` of this rank's result must be.
  [[nodiscard]] float expected(std::size_t index) const;

  Rank& rank_;
  Placement placement_;
  std::size_t piece_ = 0;     // elements of one rank's piece; of the whole where there are no pieces
  std::size_t own_part_ = 0;  // where this rank's piece of the whole begins
  CollectiveCall call_;
};

}  // namespace lockstep
