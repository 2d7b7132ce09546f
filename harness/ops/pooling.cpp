#include "harness/ops/pooling.hpp"

#include "harness/ops/dispatch.hpp"
#include "kernels/cuda/pooling.hpp"

namespace lockstep::ops {
namespace {

constexpr auto max_forward_body = []<typename T>(T, const Tensor& x, const Tensor& y, kernels::PoolingShape shape,
                                                 const auto&... queue) {
  kernels::max_pool_forward(queue..., x.values<const T>(), y.values<T>(), shape);
};

constexpr auto max_backward_body = []<typename T>(T, const Tensor& x, const Tensor& dy, const Tensor& dx,
                                                  kernels::PoolingShape shape, const auto&... queue) {
  kernels::max_pool_backward(queue..., x.values<const T>(), dy.values<const T>(), dx.values<T>(), shape);
};

constexpr auto average_forward_body = []<typename T>(T, const Tensor& x, const Tensor& y, kernels::PoolingShape shape,
                                                     const auto&... queue) {
  kernels::average_pool_forward(queue..., x.values<const T>(), y.values<T>(), shape);
};

constexpr auto average_backward_body = []<typename T>(T, const Tensor& dy, const Tensor& dx,
                                                      kernels::PoolingShape shape, const auto&... queue) {
  kernels::average_pool_backward(queue..., dy.values<const T>(), dx.values<T>(), shape);
};

}  // namespace

void max_pool_forward(Stream& stream, const Tensor& x, const Tensor& y, const kernels::PoolingShape& shape) {
  run_by_wide_dtype(stream, "max_pool_forward", {static_cast<double>(x.count()), bytes_of(x, y)}, x.dtype(),
                    max_forward_body, x, y, shape);
}

void max_pool_backward(Stream& stream, const Tensor& x, const Tensor& dy, const Tensor& dx,
                       const kernels::PoolingShape& shape) {
  run_by_wide_dtype(stream, "max_pool_backward", {static_cast<double>(x.count()), bytes_of(x, dy, dx)}, x.dtype(),
                    max_backward_body, x, dy, dx, shape);
}

void average_pool_forward(Stream& stream, const Tensor& x, const Tensor& y, const kernels::PoolingShape& shape) {
  run_by_wide_dtype(stream, "average_pool_forward", {static_cast<double>(x.count()), bytes_of(x, y)}, x.dtype(),
                    average_forward_body, x, y, shape);
}

void average_pool_backward(Stream& stream, const Tensor& dy, const Tensor& dx, const kernels::PoolingShape& shape) {
  run_by_wide_dtype(stream, "average_pool_backward", {static_cast<double>(dy.count()), bytes_of(dy, dx)}, dy.dtype(),
                    average_backward_body, dy, dx, shape);
}

}  // namespace lockstep::ops
