// What families that measure a training beside another one have in common.
#pragma once

#include <string>
#include <vector>

#include "harness/measure/check.hpp"
#include "harness/run/families/paired_run.hpp"
#include "harness/run/result.hpp"

namespace lockstep {

/// Where time cannot be measured, one pair is enough for what is computed.
StoppingLimits limits_of(const RunSpec& run, bool is_measurable);

/// The candidate that was timed trains: its losses, those of the baseline when both train on the same mean over the
/// same batches, and its replicas after the last step. Takes the losses.
std::vector<CheckResult> check_timed_training(Trainer& baseline, Trainer& candidate, bool is_same_training,
                                              DType dtype);

/// The metrics' names without values, for devices whose times say nothing.
void clear_values(std::vector<Metric>& metrics);

std::vector<TrafficPerStep> traffic_of_blocks(const Scenario& scenario, const std::vector<Block>& blocks);

}  // namespace lockstep
