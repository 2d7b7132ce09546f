#include "harness/ops/convolution.hpp"

#include "harness/ops/dispatch.hpp"
#include "kernels/cuda/convolution.hpp"

namespace lockstep::ops {
namespace {

/// A product and a sum for each term of each output.
double flops_of(const kernels::ConvolutionShape& shape) {
  return 2.0 * static_cast<double>(shape.rows * shape.out_image()) * static_cast<double>(shape.patch());
}

constexpr auto forward_body = []<typename T>(T, const Tensor& x, const Tensor& w, const Tensor& y,
                                             kernels::ConvolutionShape shape, const Tensor& scratch,
                                             const auto&... queue) {
  kernels::convolution_forward(queue..., x.values<const T>(), w.values<const T>(), y.values<T>(), shape,
                               scratch.values<T>());
};

constexpr auto backward_input_body = []<typename T>(T, const Tensor& dy, const Tensor& w, const Tensor& dx,
                                                    kernels::ConvolutionShape shape, const Tensor& scratch,
                                                    const auto&... queue) {
  kernels::convolution_backward_input(queue..., dy.values<const T>(), w.values<const T>(), dx.values<T>(), shape,
                                      scratch.values<T>());
};

constexpr auto backward_weight_body = []<typename T>(T, const Tensor& x, const Tensor& dy, const Tensor& dw,
                                                     kernels::ConvolutionShape shape, kernels::Into into,
                                                     const Tensor& scratch, const auto&... queue) {
  kernels::convolution_backward_weight(queue..., x.values<const T>(), dy.values<const T>(), dw.values<T>(), shape, into,
                                       scratch.values<T>());
};

}  // namespace

void convolution_forward(Stream& stream, const Tensor& x, const Tensor& w, const Tensor& y,
                         const kernels::ConvolutionShape& shape, const Tensor& scratch) {
  run_by_wide_dtype(stream, "convolution_forward", {flops_of(shape), bytes_of(x, w, y)}, y.dtype(), forward_body, x, w,
                    y, shape, scratch);
}

void convolution_backward_input(Stream& stream, const Tensor& dy, const Tensor& w, const Tensor& dx,
                                const kernels::ConvolutionShape& shape, const Tensor& scratch) {
  run_by_wide_dtype(stream, "convolution_backward_input", {flops_of(shape), bytes_of(dy, w, dx)}, dy.dtype(),
                    backward_input_body, dy, w, dx, shape, scratch);
}

void convolution_backward_weight(Stream& stream, const Tensor& x, const Tensor& dy, const Tensor& dw,
                                 const kernels::ConvolutionShape& shape, kernels::Into into, const Tensor& scratch) {
  run_by_wide_dtype(stream, "convolution_backward_weight", {flops_of(shape), bytes_of(x, dy, dw)}, dy.dtype(),
                    backward_weight_body, x, dy, dw, shape, into, scratch);
}

}  // namespace lockstep::ops
