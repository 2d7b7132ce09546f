// Checks on longer trainings, of which only the losses are kept. Each is seen to fail in
// tests/measure/training_checks_test.cpp.
#pragma once

#include <span>

#include "harness/device/dtype.hpp"
#include "harness/measure/check.hpp"
#include "harness/measure/statistics.hpp"

namespace lockstep {

/// Every step's loss is finite and not 0.
CheckResult check_losses(std::span<const double> losses);

/// The first steps have one device's losses: a wrong forward shows in the first, a wrong gradient or update in the
/// second. Trained with elements of `dtype`.
CheckResult check_same_losses(std::span<const double> losses, std::span<const double> of_one_device, DType dtype);

/// The largest relative difference of epochs' mean losses between a training and one device's; NaN when a loss is.
double loss_curve_distance(std::span<const double> epoch_losses, std::span<const double> of_one_device);

/// The distance of a training from one device's is within what rounding alone does: eight times `rounding`, the
/// distance that another order of summation made on one device, or one sample's share of the batch, which a sample next
/// to a kink may change by falling to the other side of it.
CheckResult check_loss_curve(double distance, double rounding, std::size_t epochs, std::size_t batch);

}  // namespace lockstep
