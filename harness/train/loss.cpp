#include "harness/train/loss.hpp"

#include "harness/ops/losses.hpp"

namespace lockstep {

std::size_t predictions_of(const Shape& output) { return count_of(output) / output.back(); }

double loss_scale(Loss loss, std::size_t global_rows, const Shape& output) {
  const double samples = static_cast<double>(global_rows);
  return 1 / (samples * static_cast<double>(loss == Loss::mse ? count_of(output) : predictions_of(output)));
}

void compute_loss(Stream& stream, Loss kind, const Tensor& outputs, const Tensor& targets, double scale,
                  const Tensor& loss, const Tensor& doutputs, kernels::Into into) {
  if (kind == Loss::mse) return ops::mean_squared_error(stream, outputs, targets, scale, loss, doutputs, into);
  const std::size_t classes = outputs.shape().back();
  const Shape by_prediction{outputs.count() / classes, classes};
  ops::softmax_cross_entropy(stream, outputs.view(0, by_prediction), targets, scale, loss,
                             doutputs.view(0, by_prediction), into);
}

}  // namespace lockstep
