#include "harness/train/strategy/distributed_data_parallel.hpp"

#include <algorithm>

#include "harness/base/hash.hpp"

namespace lockstep {

DistributedDataParallel::DistributedDataParallel(Rank& rank, const Training& training, const StrategyOptions& options)
    : Strategy{rank, training, options},
      optimizer_{make_optimizer(*rank.device, *compute_, training.dtype, model_.parameters().count(),
                                training.optimizer, training.rules)},
      buckets_{make_buckets(model_.parameters(), options.buckets)},
      side_{rank.device->make_side_stream()} {
  rank.group->broadcast(*compute_, model_.parameters().values(), 0);
  verify_equal_start();
}

void DistributedDataParallel::do_accumulate(const MicroBatch& micro, BatchSource& source) {
  Stream& stream = *compute_;
  Batch batch;
  during(Phase::batch, [&] { batch = source.load(stream, micro.step, mine(micro)); });
  inputs_ = batch.inputs;
  const Tensor& buffers = model_.buffers().values();
  if (micro.is_first() && buffers.count() > 0)
    during(Phase::replicate, [&] { rank_.group->broadcast(stream, buffers, 0); });
  during(Phase::forward, [&] { outputs_ = model_.forward(stream, inputs_, Mode::train, place_of(micro)); });
  const Tensor doutputs = gradient_of(outputs_);
  add_loss(micro, outputs_, batch.targets, scale_of(micro), doutputs);
  next_bucket_ = ready_ = 0;
  awaited_end_ = model_.parameters().count();
  during(Phase::backward, [&] {
    model_.backward(stream, doutputs, into(micro), [&](const Parameter& parameter) {
      if (micro.is_last()) gradient_ready(parameter);
    });
  });
}

void DistributedDataParallel::do_complete_gradients() {
  require(next_bucket_ == buckets_.size(), "ddp: {} of {} buckets were filled", next_bucket_, buckets_.size());
  during(Phase::wait, [&] { compute_->wait(side_->record()); });
}

void DistributedDataParallel::do_update() {
  during(Phase::update, [&] { optimizer_->step(*compute_, model_.parameters()); });
}

double DistributedDataParallel::scale_of(const MicroBatch& micro) const {
  const Shape& output = model_.output_shape();
  if (options_.averaging == Averaging::samples) return loss_scale(training_.loss, micro.batch_rows, output);
  // The mean of micro-batches of devices' means; a device without rows adds nothing.
  const std::size_t rows = std::max<std::size_t>(mine(micro).count, 1);
  return loss_scale(training_.loss, rows * micro.pieces.size() * micro.count, output);
}

void DistributedDataParallel::gradient_ready(const Parameter& parameter) {
  // The order that the buckets were made for; in another one a gradient would be reduced before it is there.
  const std::size_t end = awaited_end_ - parameter.gradient.count();
  require(parameter.offset == end, "ddp: {} became ready out of order", parameter.name);
  awaited_end_ = end;
  if (++ready_ < buckets_[next_bucket_].parameters) return;
  launch(buckets_[next_bucket_]);
  ++next_bucket_;
  ready_ = 0;
}

void DistributedDataParallel::launch(const Bucket& bucket) {
  side_->wait(compute_->record());
  const Tensor gradients = model_.parameters().gradients().view(bucket.first, {bucket.count});
  during(
      Phase::reduce, *side_, [&] { rank_.group->all_reduce(*side_, gradients); }, Lane::side);
}

void DistributedDataParallel::verify_equal_start() {
  const Tensor& values = model_.parameters().values();
  std::vector<std::byte> host(values.bytes());
  compute_->copy_out(values, host);
  compute_->synchronize();
  // 32 bits at a time, which doubles hold exactly.
  const std::uint64_t hash = hash_bytes(host);
  const std::vector<double> halves{static_cast<double>(hash >> 32), static_cast<double>(hash & 0xFFFFFFFFU)};
  const Tensor mine{*rank_.device, DType::f64, {2}, Use::workspace};
  const Tensor all{*rank_.device, DType::f64, {2 * static_cast<std::size_t>(rank_.group->size())}, Use::workspace};
  from_host<double>(*compute_, halves, mine);
  rank_.group->all_gather(*compute_, mine, all);
  const std::vector<double> hashes = to_host<double>(*compute_, all);
  for (std::size_t i = 2; i < hashes.size(); ++i)
    if (hashes[i] != hashes[i % 2])
      throw RunError{fmt::format("ddp: rank {} does not hold rank 0's parameters after the broadcast", i / 2)};
}

}  // namespace lockstep
