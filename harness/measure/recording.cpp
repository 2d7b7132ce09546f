#include "harness/measure/recording.hpp"

#include <algorithm>

#include "harness/base/hash.hpp"
#include "harness/measure/tensor_hash.hpp"
#include "harness/train/strategy/distributed_data_parallel.hpp"

namespace lockstep {
namespace {

std::vector<double> doubles_of(Stream& stream, const Tensor& tensor) {
  return visit_float(tensor.dtype(), [&]<typename T>(T) {
    const std::vector<T> values = to_host<T>(stream, tensor);
    return std::vector<double>{values.begin(), values.end()};
  });
}

std::vector<std::uint64_t> row_hashes(std::span<const std::byte> bytes, std::size_t row_bytes) {
  std::vector<std::uint64_t> hashes;
  for (std::size_t at = 0; at < bytes.size(); at += row_bytes)
    hashes.push_back(hash_bytes(bytes.subspan(at, row_bytes)));
  return hashes;
}

std::uint64_t state_hash(Stream& stream, const Optimizer* optimizer) {
  std::vector<std::byte> all;
  if (optimizer != nullptr)
    for (const Optimizer::State& state : optimizer->state())
      std::ranges::copy(bytes_of(stream, state.tensor), std::back_inserter(all));
  return hash_bytes(all);
}

/// One step, stopped after each micro-batch for a look at what went through the replica.
RankRecord record_rank(Strategy& strategy, std::span<const MicroBatch> micro_batches, BatchSource& source,
                       const RecordingPlan& plan, CaptureLog& log) {
  Stream& stream = strategy.compute();
  const Parameters& parameters = strategy.model().parameters();
  RankRecord record;
  for (const MicroBatch& micro : micro_batches) {
    if (plan.before_micro_batch) plan.before_micro_batch(micro, strategy);
    strategy.accumulate(micro, source);
    const Tensor& inputs = strategy.inputs();
    if (inputs.count() == 0) continue;
    record.worked = true;
    std::ranges::move(row_hashes(bytes_of(stream, inputs), inputs.row_size() * size_of(inputs.dtype())),
                      std::back_inserter(record.samples));
  }
  record.updates = strategy.optimizer() != nullptr;
  const bool clips = record.updates && strategy.optimizer()->clipping().count() > 0;
  if (clips || plan.before_update) {
    strategy.complete_gradients();
    stream.synchronize();
    if (clips) record.reduced = doubles_of(stream, parameters.gradients());
    if (plan.before_update) plan.before_update(strategy);
  }
  strategy.update();
  stream.synchronize();
  if (clips) record.gradient_norm = to_host<double>(stream, strategy.optimizer()->clipping())[0];
  if (record.updates) {
    record.gradients = doubles_of(stream, parameters.gradients());
    record.parameters = doubles_of(stream, parameters.values());
    record.loss = to_host<double>(stream, strategy.loss())[0];
  }
  record.parameters_hash = hash_of(stream, parameters.values());
  record.state_hash = state_hash(stream, strategy.optimizer());
  record.calls.assign(std::make_move_iterator(log.begin()), std::make_move_iterator(log.end()));
  log.clear();
  return record;
}

/// Hashes of the rows of a global batch as a device would hold them.
std::vector<std::uint64_t> batch_hashes(const Dataset& dataset, std::span<const SampleId> ids, DType dtype) {
  if (dataset.has_tokens()) {
    std::vector<std::int32_t> tokens(ids.size() * dataset.input_width());
    dataset.copy_tokens(ids, tokens);
    return row_hashes(std::as_bytes(std::span{tokens}), dataset.input_width() * sizeof(std::int32_t));
  }
  std::vector<float> inputs(ids.size() * dataset.input_width());
  dataset.copy_inputs(ids, inputs);
  return visit_float(dtype, [&]<typename T>(T) {
    std::vector<T> stored;
    for (const float value : inputs) stored.push_back(static_cast<T>(value));
    return row_hashes(std::as_bytes(std::span{stored}), dataset.input_width() * sizeof(T));
  });
}

void describe_model(Recording& recording, const Training& training) {
  std::size_t offset = 0;
  for (const ParameterSpec& spec : training.architecture.parameter_specs()) {
    recording.parameter_names.push_back(spec.name);
    recording.parameter_offsets.push_back(offset);
    offset += count_of(spec.shape);
  }
  recording.parameter_offsets.push_back(offset);
  for (const float value : training.initial_values)
    recording.initial_parameters.push_back(static_cast<double>(stored_as(training.dtype, value)));
  recording.dtype = training.dtype;
  recording.clip_norm = training.rules.clip_norm;
  recording.buffer_elements = count_of(training.architecture.buffer_specs());
  recording.input_width = count_of(training.architecture.sample);
  recording.input_dtype = training.architecture.input_dtype(training.dtype);
  recording.output_width = count_of(training.architecture.output_shape());
}

}  // namespace

std::size_t StepRecord::rows_of(std::size_t rank) const {
  std::size_t rows = 0;
  for (const MicroBatch& micro : micro_batches) rows += micro.pieces.at(rank).count;
  return rows;
}

double total_loss(const StepRecord& step) {
  double loss = 0;
  for (const RankRecord& rank : step.ranks) loss += rank.loss;
  return loss;
}

Recording record(World& world, const Training& training, const Dataset& dataset, const RecordingPlan& plan) {
  require(world.ranks.size() == static_cast<std::size_t>(world.size()), "a recording of {} of {} ranks",
          world.ranks.size(), world.size());
  Recording recording;
  recording.strategy = plan.strategy;
  recording.steps.resize(plan.steps);
  for (StepRecord& step : recording.steps) step.ranks.resize(world.ranks.size());
  describe_model(recording, training);

  on_every_rank(world, [&](Rank& rank) {
    const auto log = std::make_shared<CaptureLog>();
    if (plan.decorate) rank.group = plan.decorate(std::move(rank.group));
    rank.group = std::make_unique<CapturingCommunicator>(std::move(rank.group), log);
    BatchLoader source{*rank.device, dataset, plan.batches, training.dtype};  // before the streams that read from it
    const auto strategy = make_strategy(plan.strategy, rank, training, plan.options);
    strategy->compute().synchronize();
    if (plan.at_start) plan.at_start(*strategy);
    log->clear();  // what construction communicated belongs to no step
    if (rank.index == 0) recording.initial_hash = hash_of(strategy->compute(), strategy->model().parameters().values());
    if (const auto* ddp = dynamic_cast<const DistributedDataParallel*>(strategy.get());
        ddp != nullptr && rank.index == 0)
      for (const Bucket& bucket : ddp->buckets()) recording.bucket_elements.push_back(bucket.count);
    BatchPlan batches = plan.batches;
    for (std::size_t i = 0; i < plan.steps; ++i) {
      const std::size_t step = plan.start.step + i;
      StepRecord& record = recording.steps[i];
      if (rank.index == 0) record.samples = batch_hashes(dataset, batches(step), training.dtype);
      std::vector<MicroBatch> micro_batches = plan.micro_batches ? plan.micro_batches(step, *strategy, source)
                                                                 : strategy->micro_batches(step, source.rows(step));
      const std::size_t done = i == 0 ? plan.start.micro_batch : 0;
      require(done < micro_batches.size(), "a start after {} of {} micro-batches", done, micro_batches.size());
      micro_batches.erase(micro_batches.begin(), micro_batches.begin() + static_cast<std::ptrdiff_t>(done));
      if (rank.index == 0) {
        record.first_row = micro_batches[0].pieces[0].first;
        record.micro_batches = micro_batches;
      }
      record.ranks[static_cast<std::size_t>(rank.index)] = record_rank(*strategy, micro_batches, source, plan, *log);
      if (plan.after_step) plan.after_step(step, *strategy);
    }
  });
  return recording;
}

}  // namespace lockstep
