// Is a training on uneven pieces the right one?
#pragma once

#include <string>
#include <vector>

#include "harness/data/dataset.hpp"
#include "harness/run/result.hpp"
#include "harness/run/scenario/scenario.hpp"
#include "harness/train/strategy/strategy.hpp"

namespace lockstep {

/// A few recorded steps of the scenario's strategy with the options' pieces, held against one device: checks, the
/// metrics gradient_bias and predicted_gradient_bias (several devices only), the pieces, and findings about both.
CaseResult judge_pieces(const Scenario& scenario, const Training& training, const Dataset& dataset,
                        const StrategyOptions& options);

}  // namespace lockstep
