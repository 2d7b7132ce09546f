// A fault that data-parallel programs had or could have: where it acts, and which checks must see it.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/faults/faulty_communicator.hpp"
#include "harness/faults/layer_fault.hpp"
#include "harness/measure/recording.hpp"

namespace lockstep {

/// CheckNames of checks.
using CheckNames = std::set<std::string>;

/// What a run refused to go on with, in the place of a check's name: an error is how it is caught.
inline const std::string an_error = "error";

/// What a training must be like for a fault to be one.
struct Needs {
  std::size_t rows = 0;           // of the global batch; 0: as it is
  std::size_t micro_batches = 0;  // 0: as it is
  bool clipping = false;          // gradients are clipped, in every step
  bool uneven_pieces = false;     // ranks have pieces of different sizes
  bool dropout = false;
  bool momentum = false;         // sgd's
  bool learning_rate = false;    // sgd's
  bool coupled_samples = false;  // of batch normalisation
  bool hidden_layer = false;

  bool operator==(const Needs&) const = default;
};

/// Planted at the joints of a run, never in the code that is judged: at least one of the `in_…` members is set.
struct Fault {
  std::string id;
  std::string source{};  // where it was seen: "pytorch#2573"; empty: made up
  std::string acts{};    // at what, on which rank, in which steps; of communication left to the strike
  std::vector<std::string> strategies;
  CheckNames caught_on_exact{};  // checks that must fail; others may. Empty: not seen on such data
  CheckNames caught_on_real{};
  CheckNames hidden_by_bf16{};  // checks that need not see it where numbers are stored in bf16
  Needs needs{};

  std::optional<Plant> in_communication{};
  /// The samples that a rank takes for the batch of a step.
  std::function<std::vector<SampleId>(int rank, std::size_t step, const BatchPlan& honest)> in_batches{};
  /// What a rank accumulates in a step instead of the strategy's micro-batches.
  std::function<void(int rank, std::vector<MicroBatch>& micro_batches)> in_micro_batches{};
  /// What is done to a rank after a step.
  std::function<void(std::size_t step, Strategy& strategy)> in_state{};
  /// What is done to a rank's complete gradients before its update.
  std::function<void(Strategy& strategy)> in_update{};
  std::function<void(Training& training)> in_training{};
  std::function<void(StrategyOptions& options)> in_options{};
  std::optional<LayerFault> in_layer{};
  std::function<void(Recording& run)> in_recording{};

  [[nodiscard]] std::string place() const {
    return acts.empty() && in_communication ? text_of(in_communication->strike) : acts;
  }
};

}  // namespace lockstep
