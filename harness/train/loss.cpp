#include "harness/train/loss.hpp"

#include "harness/ops/losses.hpp"

namespace lockstep {

double loss_scale(Loss loss, std::size_t global_rows, std::size_t output_width) {
  const double samples = static_cast<double>(global_rows);
  return loss == Loss::mse ? 1 / (samples * static_cast<double>(output_width)) : 1 / samples;
}

void compute_loss(Stream& stream, Loss kind, const Tensor& outputs, const Tensor& targets, double scale,
                  const Tensor& loss, const Tensor& doutputs, kernels::Into into) {
  if (kind == Loss::mse) return ops::mean_squared_error(stream, outputs, targets, scale, loss, doutputs, into);
  ops::softmax_cross_entropy(stream, outputs, targets, scale, loss, doutputs, into);
}

}  // namespace lockstep
