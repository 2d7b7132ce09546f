#include "harness/ops/losses.hpp"

#include "harness/ops/dispatch.hpp"
#include "kernels/losses.hpp"

namespace lockstep::ops {

void softmax_cross_entropy(Stream& stream, const Tensor& logits, const Tensor& labels, double scale, const Tensor& loss,
                           const Tensor& dlogits, kernels::Into into) {
  run_by_dtype(
      stream, "softmax_cross_entropy", {5 * static_cast<double>(logits.count()), bytes_of(logits, labels, dlogits)},
      logits.dtype(), [=]<typename T>(T) {
        kernels::softmax_cross_entropy(logits.values<const T>(), labels.values<const std::int32_t>(), logits.row_size(),
                                       scale, loss.values<double>(), dlogits.values<T>(), into);
      });
}

void mean_squared_error(Stream& stream, const Tensor& outputs, const Tensor& targets, double scale, const Tensor& loss,
                        const Tensor& doutputs, kernels::Into into) {
  run_by_dtype(stream, "mean_squared_error",
               {4 * static_cast<double>(outputs.count()), bytes_of(outputs, targets, doutputs)}, outputs.dtype(),
               [=]<typename T>(T) {
                 kernels::mean_squared_error(outputs.values<const T>(), targets.values<const T>(), scale,
                                             loss.values<double>(), doutputs.values<T>(), into);
               });
}

void add_correct(Stream& stream, const Tensor& logits, const Tensor& labels, const Tensor& correct) {
  run_by_dtype(stream, "add_correct", {static_cast<double>(logits.count()), bytes_of(logits, labels)}, logits.dtype(),
               [=]<typename T>(T) {
                 correct.values<std::int32_t>()[0] += static_cast<std::int32_t>(kernels::count_correct(
                     logits.values<const T>(), labels.values<const std::int32_t>(), logits.row_size()));
               });
}

}  // namespace lockstep::ops
