// Checks on what gradients of uneven pieces are the mean of. Each is seen to fail in tests/measure/averaging_test.cpp.
#pragma once

#include <vector>

#include "harness/measure/check.hpp"
#include "harness/measure/pieces.hpp"

namespace lockstep {

/// How far the gradients are from the global mean's, relative to its size (L2 over all parameters): the step where it
/// is farthest. `steps` are one device's at the run's parameters, one for each step of the run.
double gradient_bias(const Recording& run, const std::vector<PieceGradients>& steps);

/// The same, as predicted for a mean of the devices' means.
double predicted_gradient_bias(const std::vector<PieceGradients>& steps);

/// Whether a mean of the devices' means would be off the global mean by so much more than rounding that the checks
/// below can tell the one from the other.
bool is_bias_visible(const Recording& run, const std::vector<PieceGradients>& steps);

/// documented:mean_of_means. Averaged by devices, the gradients differ from the global mean's by the predicted bias,
/// and by no more than rounding from that. Fails where the bias is not visible.
CheckResult check_mean_of_means(const Recording& run, const std::vector<PieceGradients>& steps);

/// weighted_loss_removes_bias. Averaged by samples, the gradients are the global mean's within `limit` per tensor (0
/// for exact data) where a mean of the devices' means would not be. Fails where its bias is not visible.
CheckResult check_bias_removed(const Recording& run, const std::vector<PieceGradients>& steps, double limit);

}  // namespace lockstep
