// A short training with everything kept that the correctness checks look at.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "harness/data/batch_loader.hpp"
#include "harness/measure/capture.hpp"
#include "harness/train/state/training_state.hpp"
#include "harness/train/strategy/strategy.hpp"

namespace lockstep {

/// One rank after one step. Values as double, which holds those of every element type.
struct RankRecord {
  bool worked = false;                 // had rows in this step
  bool updates = false;                // has an optimizer
  std::vector<double> gradients;       // as the optimizer saw them, so after clipping; on ranks that update
  std::vector<double> reduced;         // what clipping made them of; empty without
  double gradient_norm = 0;            // of these, as the optimizer found it
  std::vector<double> parameters;      // after the step; on ranks that update
  std::uint64_t parameters_hash = 0;   // after the step
  std::uint64_t state_hash = 0;        // of the optimizer's tensors
  std::vector<std::uint64_t> samples;  // hash of each input row that went through the replica
  double loss = 0;                     // this rank's part of the mean
  std::vector<CapturedCall> calls;     // collectives of this step

  /// What the ranks' gradients add up to.
  [[nodiscard]] const std::vector<double>& before_clipping() const { return reduced.empty() ? gradients : reduced; }
};

struct StepRecord {
  std::vector<std::uint64_t> samples;     // hash of each row of the global batch
  std::size_t first_row = 0;              // rows before it were processed before the recording began
  std::vector<MicroBatch> micro_batches;  // what each rank should get
  std::vector<RankRecord> ranks;

  /// Rows of all micro-batches that the rank should get.
  [[nodiscard]] std::size_t rows_of(std::size_t rank) const;
};

/// The mean loss over the global batch: the sum of the ranks' parts.
double total_loss(const StepRecord& step);

struct Recording {
  std::string strategy;
  std::vector<StepRecord> steps;
  std::vector<double> initial_parameters;
  std::uint64_t initial_hash = 0;  // of the parameters on rank 0 before the first step
  std::vector<std::string> parameter_names;
  std::vector<std::size_t> parameter_offsets;  // in the flat vectors, with the end as last element
  DType dtype = DType::f32;                    // of parameters, gradients and inputs on the device
  std::size_t buffer_elements = 0;             // of all buffers together
  DType input_dtype = DType::f32;
  std::size_t input_width = 0;
  std::size_t output_width = 0;
  std::vector<std::size_t> bucket_elements;  // ddp's buckets in order
  double clip_norm = 0;                      // of the training; 0: it does not clip
};

/// Trains for `steps` steps on a fresh world and records it. Communicators are wrapped by `decorate` (for planted
/// faults) before they are captured.
using Decorate = std::function<std::unique_ptr<Communicator>(std::unique_ptr<Communicator>)>;

struct RecordingPlan {
  std::string strategy = "single";
  std::size_t steps = 4;
  StrategyOptions options{};
  Position start{};   // recorded steps are counted from it
  BatchPlan batches;  // asked for a step's batch only after the step before it is done
  Decorate decorate;  // may be empty
  /// Asked on each rank before each step for what it accumulates instead of the strategy's own micro-batches; may be
  /// empty.
  std::function<std::vector<MicroBatch>(std::size_t step, Strategy& strategy, BatchSource& source)> micro_batches{};
  /// Called on each rank after each step, with the rank's strategy synchronised; may be empty.
  std::function<void(std::size_t step, Strategy& strategy)> after_step;
  /// Called on each rank before its first step, so that a state can be restored; may be empty.
  std::function<void(Strategy& strategy)> at_start{};
  /// Called on each rank when the step's gradients are complete, before its update; may be empty.
  std::function<void(Strategy& strategy)> before_update{};
  /// Called on each rank before each micro-batch; may be empty.
  std::function<void(const MicroBatch& micro, Strategy& strategy)> before_micro_batch{};
};

Recording record(World& world, const Training& training, const Dataset& dataset, const RecordingPlan& plan);

}  // namespace lockstep
