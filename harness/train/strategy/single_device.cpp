#include "harness/train/strategy/single_device.hpp"

namespace lockstep {

SingleDevice::SingleDevice(Rank& rank, const Training& training, const StrategyOptions& options)
    : Strategy{rank, training, options},
      optimizer_{make_optimizer(*rank.device, *compute_, training.dtype, model_.parameters().count(),
                                training.optimizer, training.rules)} {
  require(rank.group->size() == 1, "strategy single on {} devices", rank.group->size());
}

void SingleDevice::do_accumulate(const MicroBatch& micro, BatchSource& source) {
  Batch batch;
  during(Phase::batch, [&] { batch = source.load(*compute_, micro.step, mine(micro)); });
  inputs_ = batch.inputs;
  during(Phase::forward, [&] { outputs_ = model_.forward(*compute_, inputs_, Mode::train, place_of(micro)); });
  const Tensor doutputs = gradient_of(outputs_);
  add_loss(micro, outputs_, batch.targets, loss_scale(training_.loss, micro.batch_rows, model_.output_shape()),
           doutputs);
  during(Phase::backward, [&] { model_.backward(*compute_, doutputs, into(micro), [](const Parameter&) {}); });
}

void SingleDevice::do_update() {
  during(Phase::update, [&] { optimizer_->step(*compute_, model_.parameters()); });
}

}  // namespace lockstep
