// The correctness checks on recorded runs. Each says what it compared and why its limit is what it is (DESIGN of the
// limits: harness/README.md, "How a case is judged"); each is seen to fail in tests/faults.
#pragma once

#include <vector>

#include "harness/measure/check.hpp"
#include "harness/measure/recording.hpp"

namespace lockstep {

/// On exactly representable data: gradients, parameters and loss of every step have one device's bits on every rank
/// that updates. `one` and `oracle` are the recordings of one device in the run's type and in f64.
CheckResult check_exact(const Recording& run, const Recording& one, const Recording& oracle);

/// Every sum over ranks is within (n−1)·u·Σ|g| of the f64 sum of the values that went in, element by element (n ranks,
/// any order; S. M. Rump, Error estimation of floating-point summation and dot product, BIT 52, 2012). What is stored
/// in bf16 and summed in rank order is summed in f32 and rounded once: that bound for f32, and u of bf16 of the sum.
/// `limit` is 1: the share of the bound used.
CheckResult check_reduction(const Recording& run);

/// Every row of every global batch went through exactly one replica, the one whose piece it is in.
CheckResult check_coverage(const Recording& run);

/// Whether more than one rank held parameters in the first step: else there are no replicas to compare.
bool has_replicas(const Recording& run);

/// After every step all ranks that update hold the same bits of parameters and optimizer state; ranks that only work
/// hold the parameters that the step started with.
CheckResult check_replicas(const Recording& run);

/// For each of the first steps, before rounding has grown with the trajectory: relative L2 distance of each tensor's
/// gradient, and of the loss, to one device's and to the f64 oracle's.
std::vector<CheckResult> check_end_to_end(const Recording& run, const Recording& one, const Recording& oracle);

/// The run did something: gradients are not zero and, with clipping, changed as they should; parameters moved; each
/// step made exactly the collectives that its strategy has to make, with their bytes.
std::vector<CheckResult> check_evidence(const Recording& run);

/// On every rank that updates the gradients were scaled as `clip_norm` says, once: by min(1, clip_norm/(norm + 1e-6)),
/// with the norm of all reduced gradients, recomputed here; and the optimizer found that norm. `limit` is 1: the share
/// of the bound used, rounding.
CheckResult check_clipping(const Recording& run);

/// Same program, same data, same number of devices: the same bits.
CheckResult check_repeatable(const Recording& first, const Recording& second);

/// What data parallelism is documented to do differently from one device, with the predicted size.
std::vector<CheckResult> check_documented_differences(const Recording& run);

}  // namespace lockstep
