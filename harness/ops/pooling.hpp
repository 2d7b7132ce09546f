// Pooling, queued on a stream. Formulas and shapes: kernels/pooling.hpp. Tensors of one element type. Does not wait.
#pragma once

#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"
#include "kernels/pooling.hpp"

namespace lockstep::ops {

void max_pool_forward(Stream& stream, const Tensor& x, const Tensor& y, const kernels::PoolingShape& shape);
void max_pool_backward(Stream& stream, const Tensor& x, const Tensor& dy, const Tensor& dx,
                       const kernels::PoolingShape& shape);
void average_pool_forward(Stream& stream, const Tensor& x, const Tensor& y, const kernels::PoolingShape& shape);
void average_pool_backward(Stream& stream, const Tensor& dy, const Tensor& dx, const kernels::PoolingShape& shape);

}  // namespace lockstep::ops
