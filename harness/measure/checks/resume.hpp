// The checks on a training that went on from a checkpoint. Each is seen to fail in
// tests/faults.
#pragma once

#include <optional>
#include <span>

#include "harness/checkpoint/store.hpp"
#include "harness/measure/check.hpp"
#include "harness/measure/recording.hpp"
#include "harness/measure/state/saved_state.hpp"
#include "harness/train/state/training_state.hpp"

namespace lockstep {

/// What was loaded is the checkpoint that was saved: the newest in its directory, at its position, with its names.
CheckResult check_load(const LoadedState& loaded, const NewestCheckpoint& newest, const Position& saved_at,
                       ParameterPrefix prefix);

/// What one rank holds before its first step after loading.
struct RankState {
  std::optional<Replica> replica;
  std::optional<Accumulated> accumulated;
};

/// Waits for the rank's stream. `at` is where the training stands: between two steps nothing is accumulated, and what
/// the gradients' memory then holds may never have been written.
RankState state_on(Strategy& strategy, const Position& at);

/// Immediately after loading, every rank that updates holds the bits that were saved, and the ranks' parts of an
/// unfinished step are the saved ones, or add up to what those add up to. `position` is where the training goes on.
CheckResult check_state(const TrainingState& saved, const Position& position, std::span<const RankState> ranks,
                        const Training& training);

/// How alike two runs must be.
enum class Agreement {
  bits,      // the same arithmetic in the same order, or arithmetic that is exact
  rounding,  // real data, summed in another order
};

/// Every step after loading is that of a run that was never interrupted: the samples in their order, the loss,
/// gradients, parameters and optimizer state. `saved_at` is where it was saved; `uninterrupted` begins with step 0.
CheckResult check_resume(const Recording& resumed, const Recording& uninterrupted, const Position& saved_at,
                         Agreement agreement);

}  // namespace lockstep
