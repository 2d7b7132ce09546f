// What a training allocates, from its shapes alone: the formulas of each strategy, to the byte.
//
// P parameters, e bytes an element, k tensors of optimizer state (sgd 0, with momentum 1, adam 2), w_0 … w_L the widths
// of samples before and after the layers that have an output of their own (an in-place layer has none), r the most rows
// that a device gets at once. In flight are, in a chain of layers, two gradients, each as wide as the widest of w_L-1,
// w_L-3, … and of w_L-2, w_L-4, …; with shortcuts, the slots of train/models/backward_plan.hpp. t(r) bytes of targets:
// 4 for each prediction for cross_entropy, r·w_L·e for mse. Tokens are 4 bytes each, whatever e.
//
//   parameters    P·e                                  gradients     P·e
//   optimizer     k·P·e                                batch         r·w_0·e + t(r)
//   activations   r·e·(w_1 + … + w_L and what layers keep by row, for backward; the gradients in flight; w_L, the
//   gradient of the loss)
//   buffers       e for each element of the layers' buffers
//   workspace     the layers' scratch and what else they keep; 8, the loss; 16, norm and factor of
//   clipping, where there is the optimizer; ddp also 16 + 16·devices while it compares its
//   replicas' hashes at the start
//
// dp, with R the most rows of a micro-batch: device 0 alone has the optimizer, the whole batch R·w_0·e + t(R) with its
// own piece in it, all outputs R·w_L·e as communication, and R rows of the loss's gradient; with several micro-batches
// another P·e of gradients. The other devices have r·w_0·e as batch, and of activations as above. A device that never
// gets a row has parameters, gradients and workspace only.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "harness/device/memory.hpp"
#include "harness/train/strategy/strategy.hpp"

namespace lockstep {

/// One device's peaks in bytes. `total` is the peak of the sum: what ddp needs at its start only does not add up with
/// what the first step allocates.
struct MemoryPeaks {
  std::array<std::size_t, use_names.size()> by_use{};
  std::size_t total = 0;

  [[nodiscard]] std::size_t of(Use use) const { return by_use[static_cast<std::size_t>(use)]; }
};

/// A training as far as it decides about memory.
struct TrainingShape {
  const Training& training;  // its initial values do not matter
  std::string_view strategy;
  const StrategyOptions& options;
  std::size_t devices;
  std::vector<std::size_t> batches;  // rows of every global batch that occurs
};

/// Of every device. Throws UsageError for an unknown strategy.
std::vector<MemoryPeaks> predict_memory(const TrainingShape& shape);

/// Parameters, gradients and optimizer state on the device that holds most, and what else is there before the first
/// batch: what no batch is small enough for.
std::size_t predict_fixed_memory(const TrainingShape& shape);

/// The most bytes on any device.
std::size_t largest_total(const std::vector<MemoryPeaks>& devices);

}  // namespace lockstep
