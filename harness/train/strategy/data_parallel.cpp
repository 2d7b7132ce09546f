#include "harness/train/strategy/data_parallel.hpp"

#include "harness/ops/add.hpp"
#include "harness/ops/memory.hpp"

namespace lockstep {
namespace {

/// Elements of each used device's piece when a row has `row_size` elements.
std::vector<std::size_t> counts_of(const std::vector<Rows>& pieces, std::size_t used, std::size_t row_size) {
  std::vector<std::size_t> counts;
  for (std::size_t device = 0; device < used; ++device) counts.push_back(pieces[device].count * row_size);
  return counts;
}

/// A buffer of `shape` that grows when it must; its first rows are the result.
Tensor fitting(Tensor& buffer, Device& device, DType dtype, Shape shape, Use use) {
  if (buffer.count() < count_of(shape) || buffer.dtype() != dtype) {
    buffer = {};
    buffer = Tensor{device, dtype, shape, use};
  }
  return buffer.view(0, std::move(shape));
}

}  // namespace

DataParallel::DataParallel(Rank& rank, const Training& training, const StrategyOptions& options)
    : Strategy{rank, training, options} {
  if (rank.group->spans_processes())
    throw UsageError{
        "dp is one process that drives all of its devices, as torch.nn.DataParallel is; ranks in processes of their "
        "own "
        "train with \"ddp\""};
  if (!is_root()) return;
  const std::size_t parameters = model_.parameters().count();
  optimizer_ = make_optimizer(*rank.device, *compute_, training.dtype, parameters, training.optimizer, training.rules);
  if (options_.micro_batches > 1) accumulated_ = Tensor{*rank.device, training.dtype, {parameters}, Use::gradients};
}

Traffic DataParallel::traffic() const {
  Traffic sum = rank_.group->traffic();
  for (const auto& [ranks, group] : groups_)
    if (group) sum += group->traffic();
  return sum;
}

void DataParallel::do_accumulate(const MicroBatch& micro, BatchSource& source) {
  const std::size_t used = devices_up_to_last(micro.pieces);
  Communicator* const group = group_of(used);
  if (group == nullptr) return;  // fewer pieces than devices: this one stays idle

  Stream& stream = *compute_;
  const Parameters& parameters = model_.parameters();
  const std::size_t rows = micro.rows();
  const std::size_t input_width = count_of(training_.architecture.sample);
  const Shape& output = model_.output_shape();

  Batch batch;
  if (is_root()) during(Phase::batch, [&] { batch = source.load(stream, micro.step, {micro.pieces[0].first, rows}); });
  inputs_ = piece_of(batch, mine(micro).count);
  during(Phase::scatter,
         [&] { group->scatter(stream, batch.inputs, inputs_, counts_of(micro.pieces, used, input_width), root); });
  during(Phase::replicate, [&] { replicate(*group); });

  Tensor piece_outputs;
  during(Phase::forward, [&] { piece_outputs = model_.forward(stream, inputs_, Mode::train, place_of(micro)); });
  const std::vector<std::size_t> output_counts = counts_of(micro.pieces, used, count_of(output));
  if (is_root())
    outputs_ = fitting(gathered_, *rank_.device, training_.dtype, of_rows(rows, output), Use::communication);
  during(Phase::gather, [&] { group->gather(stream, piece_outputs, outputs_, output_counts, root); });

  Tensor doutputs;
  if (is_root()) {
    doutputs = gradient_of(outputs_);
    add_loss(micro, outputs_, batch.targets, loss_scale(training_.loss, micro.batch_rows, output), doutputs);
  }
  const Shape& piece_shape = piece_outputs.shape();
  const Tensor piece_doutputs =
      is_root() ? doutputs.view(0, piece_shape)
                : fitting(piece_doutputs_, *rank_.device, training_.dtype, piece_shape, Use::activations);
  during(Phase::scatter, [&] { group->scatter(stream, doutputs, piece_doutputs, output_counts, root); });
  during(Phase::backward,
         [&] { model_.backward(stream, piece_doutputs, kernels::Into::overwrite, [](const Parameter&) {}); });
  during(Phase::reduce, [&] { group->reduce(stream, parameters.gradients(), root); });
  if (is_root() && micro.count > 1) during(Phase::backward, [&] { join_micro_batches(micro); });
}

void DataParallel::replicate(Communicator& group) {
  group.broadcast(*compute_, model_.parameters().values(), root);
  const Tensor& buffers = model_.buffers().values();
  if (buffers.count() > 0) group.broadcast(*compute_, buffers, root);
}

void DataParallel::join_micro_batches(const MicroBatch& micro) {
  const Tensor& gradients = model_.parameters().gradients();
  if (micro.is_first()) ops::zero(*compute_, accumulated_);
  if (micro.is_last())
    ops::add(*compute_, accumulated_, gradients);
  else
    ops::add(*compute_, gradients, accumulated_);
}

void DataParallel::do_update() {
  if (is_root()) during(Phase::update, [&] { optimizer_->step(*compute_, model_.parameters()); });
}

Communicator* DataParallel::group_of(std::size_t ranks) {
  const auto found = groups_.find(ranks);
  if (found != groups_.end()) return found->second.get();
  return groups_.emplace(ranks, rank_.group->first_ranks(static_cast<int>(ranks))).first->second.get();
}

Tensor DataParallel::piece_of(const Batch& batch, std::size_t rows) {
  const Architecture& network = training_.architecture;
  Shape shape = of_rows(rows, network.sample);
  if (is_root()) return batch.inputs.view(0, std::move(shape));
  return fitting(piece_, *rank_.device, network.input_dtype(training_.dtype), std::move(shape), Use::batch);
}

}  // namespace lockstep
