// What the runs of a scenario are compared with: one device, in double.
#pragma once

#include <vector>

#include "harness/measure/pieces.hpp"
#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

struct Oracle {
  Recording recording;
  std::vector<PieceGradients> pieces;  // of each step; empty without pieces
  /// The batches of the steps, for other runs too: free of rounding on exact data, else without samples next to a kink
  /// of the network, where rounding could change a gradient by a whole sample's share.
  std::vector<std::vector<SampleId>> batches;
  std::size_t replaced = 0;  // samples
};

/// Throws InputError when exact data would round, RunError when there are too few samples.
Oracle run_oracle(const Scenario& scenario, const Dataset& dataset, std::size_t steps);

/// The same device taking the pieces that `options` makes for the scenario's devices in turn, weighted like theirs.
Oracle run_oracle_in_pieces(const Scenario& scenario, const Dataset& dataset, std::size_t steps,
                            const StrategyOptions& options);

}  // namespace lockstep
