// One device in the place of several: it takes the pieces of a batch one after the other, weighted as they would be.
#pragma once

#include <vector>

#include "harness/measure/recording.hpp"

namespace lockstep {

/// The pieces of a step's batch with rows, as micro-batches of one device. Each weighs what `options` has it weigh on
/// `devices`: its share of the samples, or 1/(devices · micro-batches) with Averaging::devices.
std::vector<MicroBatch> pieces_in_turn(const StrategyOptions& options, std::size_t step, std::size_t rows,
                                       std::size_t devices);

/// Whether the pieces of any of the steps weigh differently by samples and by devices.
bool has_uneven_pieces(const Recording& run);

/// One step's gradients at the same parameters.
struct PieceGradients {
  std::vector<double> mean;  // of the loss over the global batch
  /// What the mean of the devices' means adds to it: Σ over pieces of (1/n − b/B)·g, with g the mean's gradient of a
  /// piece of b of B rows and n = devices · micro-batches.
  std::vector<double> bias;
};

struct PiecewiseRun {
  Recording recording;                // what the devices' run is compared with
  std::vector<PieceGradients> steps;  // at the parameters that the step starts from
};

/// Records one device that takes the pieces of `plan.options` over `devices` in turn. `training` in f64;
/// `plan.strategy` and `plan.micro_batches` are not used.
PiecewiseRun record_pieces(World& one_device, const Training& training, const Dataset& dataset, RecordingPlan plan,
                           std::size_t devices);

}  // namespace lockstep
