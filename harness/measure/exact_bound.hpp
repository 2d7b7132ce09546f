// When is a training step free of rounding? When all numbers are integers, or multiples of a power of two, and no sum
// of them can reach the last number of its units without a gap: 2^24 of float32; 2^8 of what is stored in bfloat16, as
// any part of a sum may be stored on its way, in a rank's gradient or between micro-batches. Then any order, split or
// algorithm gives the same bits.
#pragma once

#include <cstddef>
#include <span>

#include "harness/train/models/architecture.hpp"

namespace lockstep {

/// A global batch, row by row.
struct ExactBatch {
  std::size_t rows;
  std::span<const double> inputs;   // [rows, …sample]
  std::span<const double> targets;  // [rows, …output]
};

/// The largest Σ|terms| over every sum of one training step, in units of its last binary digit. Forward that is 1, or
/// smaller behind layers that divide (Layer::exactness); backward it is that of the outputs times 1/(rows·outputs),
/// where the loss is the mean over all elements of (output − target)².
struct ExactBound {
  double activation = 0;           // any value
  double activation_gradient = 0;  // any gradient of a value
  double parameter_gradient = 0;   // any gradient of a parameter, summed over the global batch
};

/// The bound of one step from these parameters, in registration order, on this batch: no order or split of its sums can
/// exceed it. Computed on `device`, a cpu's. Throws InputError when a number is no integer, a layer rounds, or
/// rows·outputs is no power of two: then nothing is exact.
ExactBound exact_bound(Device& device, const Architecture& network, std::span<const double> parameters,
                       const ExactBatch& batch);

/// Throws InputError with the numbers unless every bound is below what elements of `dtype` (f32 or bf16) hold exactly.
void require_representable(const ExactBound& bound, DType dtype = DType::f32);

}  // namespace lockstep
