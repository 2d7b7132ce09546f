// What layers share that multiply by a matrix.
#pragma once

#include "harness/train/layers/layer.hpp"

namespace lockstep {

/// Queues y = x·wᵀ + b over the last dimension of whatever is in front of it: w [out, in], x a multiple of `in`, y of
/// `out` elements. A null `bias` means none.
void linear_map_forward(Stream& stream, const Layer::Forward& pass, const Parameter& weight, const Parameter* bias);
/// Queues the gradients of b, w and, where it is wanted, x; announces the parameters last first.
void linear_map_backward(Stream& stream, const Layer::Backward& pass, const Parameter& weight, const Parameter* bias);

}  // namespace lockstep
