#include "harness/train/strategy/single_device.hpp"

namespace lockstep {

SingleDevice::SingleDevice(Rank& rank, const Training& training)
    : Strategy{rank, training},
      optimizer_{
          make_optimizer(*rank.device, *compute_, training.dtype, model_.parameters().count(), training.optimizer)} {
  require(rank.group->size() == 1, "strategy single on {} devices", rank.group->size());
}

void SingleDevice::do_step(std::size_t step, BatchSource& source) {
  const std::size_t rows = source.rows(step);
  Batch batch;
  during(Phase::batch, [&] { batch = source.load(*compute_, step, {0, rows}); });
  inputs_ = batch.inputs;
  during(Phase::forward, [&] { outputs_ = model_.forward(*compute_, inputs_); });
  const Tensor doutputs = gradient_of(outputs_);
  const double scale = loss_scale(training_.loss, rows, outputs_.row_size());
  during(Phase::loss,
         [&] { compute_loss(*compute_, training_.loss, outputs_, batch.targets, scale, loss_, doutputs); });
  during(Phase::backward,
         [&] { model_.backward(*compute_, doutputs, kernels::Into::overwrite, [](const Parameter&) {}); });
  during(Phase::update, [&] { optimizer_->step(*compute_, model_.parameters()); });
}

}  // namespace lockstep
