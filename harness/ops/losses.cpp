#include "harness/ops/losses.hpp"

#include "harness/ops/dispatch.hpp"
#include "kernels/cuda/losses.hpp"
#include "kernels/losses.hpp"

namespace lockstep::ops {
namespace {

constexpr auto softmax_cross_entropy_body = []<typename T>(T, const Tensor& logits, const Tensor& labels, double scale,
                                                           const Tensor& loss, const Tensor& dlogits,
                                                           kernels::Into into, const auto&... queue) {
  kernels::softmax_cross_entropy(queue..., logits.values<const T>(), labels.values<const std::int32_t>(),
                                 logits.row_size(), scale, loss.values<double>(), dlogits.values<T>(), into);
};

constexpr auto mean_squared_error_body = []<typename T>(T, const Tensor& outputs, const Tensor& targets, double scale,
                                                        const Tensor& loss, const Tensor& doutputs, kernels::Into into,
                                                        const auto&... queue) {
  kernels::mean_squared_error(queue..., outputs.values<const T>(), targets.values<const T>(), scale,
                              loss.values<double>(), doutputs.values<T>(), into);
};

constexpr auto add_correct_body = []<typename T>(T, const Tensor& logits, const Tensor& labels, const Tensor& correct,
                                                 const auto&... queue) {
  kernels::add_correct(queue..., logits.values<const T>(), labels.values<const std::int32_t>(), logits.row_size(),
                       correct.values<std::int32_t>());
};

}  // namespace

void softmax_cross_entropy(Stream& stream, const Tensor& logits, const Tensor& labels, double scale, const Tensor& loss,
                           const Tensor& dlogits, kernels::Into into) {
  run_by_dtype(stream, "softmax_cross_entropy",
               {5 * static_cast<double>(logits.count()), bytes_of(logits, labels, dlogits)}, logits.dtype(),
               softmax_cross_entropy_body, logits, labels, scale, loss, dlogits, into);
}

void mean_squared_error(Stream& stream, const Tensor& outputs, const Tensor& targets, double scale, const Tensor& loss,
                        const Tensor& doutputs, kernels::Into into) {
  run_by_dtype(stream, "mean_squared_error",
               {4 * static_cast<double>(outputs.count()), bytes_of(outputs, targets, doutputs)}, outputs.dtype(),
               mean_squared_error_body, outputs, targets, scale, loss, doutputs, into);
}

void add_correct(Stream& stream, const Tensor& logits, const Tensor& labels, const Tensor& correct) {
  run_by_dtype(stream, "add_correct", {static_cast<double>(logits.count()), bytes_of(logits, labels)}, logits.dtype(),
               add_correct_body, logits, labels, correct);
}

}  // namespace lockstep::ops
