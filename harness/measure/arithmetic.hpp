// How much a step computes, and how much a core can.
#pragma once

#include <optional>

#include "harness/measure/metric.hpp"
#include "harness/measure/trainer.hpp"

namespace lockstep {

struct Arithmetic {
  double flops = 0;  // floating-point operations of a step, all devices together
  /// flop/s of one core in its best matrix products; not set for devices whose peak is not known.
  std::optional<double> product_rate{};
};

/// The arithmetic of a step as a share of what that many devices' best matrix products would do in its time;
/// `step_times` in seconds. Without a value where that is not known.
Metric utilisation(const Arithmetic& arithmetic, const std::vector<double>& step_times, std::size_t devices);

/// Floating-point operations of one step on one device, as its kernels declare them: runs that step on `world`, which
/// has one rank and is used up. The first batch of `batches` is that of the step.
double flops_of_step(World world, const Training& training, const Dataset& dataset, const BatchPlan& batches);

/// Floating-point operations per second of the calling thread in the best of many matrix products in f32, each far
/// shorter than a time slice.
double best_product_rate();

}  // namespace lockstep
