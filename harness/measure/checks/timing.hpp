// Checks on measured times: that the instrument is right, and that its numbers can be. Each is seen to fail in
// tests/measure/timing_checks_test.cpp.
#pragma once

#include <optional>
#include <vector>

#include "harness/measure/arithmetic.hpp"
#include "harness/measure/breakdown.hpp"
#include "harness/measure/check.hpp"
#include "harness/measure/scaling.hpp"

namespace lockstep {

/// `phases`, the breakdown of `blocks`, says where all of each rank's time went: recomputed from the spans, what a
/// rank did, its gaps and its steps agree with the table to 0.5 % of the step, no two spans of a rank overlap, and its
/// steps all have the same phases in the same order. Ranks that sat a step out are not compared.
CheckResult check_breakdown(const std::vector<Block>& blocks, const std::vector<PhaseTime>& phases);

/// N devices are not more than N times as fast as one: not even the low end of the efficiency's interval is above 1 by
/// more than three times the noise floor. INVALID when it is; INCONCLUSIVE when it is above 1 and the floor is unknown.
CheckResult check_efficiency(const Interval& efficiency, std::size_t pairs, std::optional<double> noise_floor);

/// What the device's clock says a rank computed and communicated on one lane fits into the time that the block took by
/// the host's clock. INVALID when it does not.
CheckResult check_wall_time(const std::vector<Block>& blocks);

/// The two sides trained on comparable batches: the same global one (strong) or the same per device (weak). INVALID
/// when not.
CheckResult check_batch(const Scaling& scaling, const std::vector<Block>& candidate,
                        const std::vector<Block>& baseline);

/// The arithmetic of a step in `step_time` seconds is not more than `devices` times what one core was seen to do in
/// matrix products, which must be known. INVALID when it is.
CheckResult check_arithmetic(const Arithmetic& arithmetic, double step_time, std::size_t devices);

}  // namespace lockstep
