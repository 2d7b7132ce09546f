// A network's gradients against central differences, in double.
#pragma once

#include <memory>
#include <vector>

#include "harness/device/cpu/cpu_world.hpp"
#include "harness/train/loss.hpp"
#include "harness/train/models/model.hpp"

namespace lockstep {

/// Trains nothing: random parameters and a batch of random inputs, values or tokens, with targets of values
/// or classes.
class GradientSubject {
 public:
  GradientSubject(const Architecture& architecture, Loss loss, std::size_t rows);

  /// The loss at the current parameters; leaves the gradient of the outputs in `doutputs`.
  double loss(Tensor& doutputs);
  /// Of all parameters, or those joined to what is there.
  std::vector<double> gradients(kernels::Into into);

  [[nodiscard]] Device& device() { return *world_.ranks[0]->device; }
  [[nodiscard]] Stream& stream() { return *stream_; }
  [[nodiscard]] Model& model() { return model_; }
  [[nodiscard]] const Tensor& x() const { return x_; }

 private:
  World world_;
  std::unique_ptr<Stream> stream_;
  Model model_;
  Loss loss_kind_;
  Tensor x_;
  Tensor targets_;
  Tensor loss_;
};

/// Expects each parameter's gradient to be what central differences D(h) = (loss(p + h) − loss(p − h))/2h say within
/// 1e-8. Those of two steps are combined to (4·D(h/2) − D(h))/3, which errs by h⁴/480 times the fifth derivative and by
/// 2⁻⁵²·|f|/h (Richardson): below 1e-11 for h = 2e-4 and derivatives up to a thousand.
void expect_central_differences(GradientSubject& subject);

}  // namespace lockstep
