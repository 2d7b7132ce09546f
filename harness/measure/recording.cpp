#include "harness/measure/recording.hpp"

#include <algorithm>

#include "harness/base/hash.hpp"
#include "harness/measure/tensor_hash.hpp"
#include "harness/train/strategy/distributed_data_parallel.hpp"

namespace lockstep {
namespace {

std::vector<double> doubles_of(Stream& stream, const Tensor& tensor) {
  if (tensor.dtype() == DType::f64) return to_host<double>(stream, tensor);
  const std::vector<float> values = to_host<float>(stream, tensor);
  return {values.begin(), values.end()};
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
  strategy.update();
  stream.synchronize();
  record.updates = strategy.optimizer() != nullptr;
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
  std::vector<float> inputs(ids.size() * dataset.input_width());
  dataset.copy_inputs(ids, inputs);
  if (dtype == DType::f32) return row_hashes(std::as_bytes(std::span{inputs}), dataset.input_width() * sizeof(float));
  const std::vector<double> wide{inputs.begin(), inputs.end()};
  return row_hashes(std::as_bytes(std::span{wide}), dataset.input_width() * sizeof(double));
}

void describe_model(Recording& recording, const Training& training) {
  std::size_t offset = 0;
  for (const ParameterSpec& spec : training.architecture.parameter_specs()) {
    recording.parameter_names.push_back(spec.name);
    recording.parameter_offsets.push_back(offset);
    offset += count_of(spec.shape);
  }
  recording.parameter_offsets.push_back(offset);
  recording.initial_parameters.assign(training.initial_values.begin(), training.initial_values.end());
  recording.element_size = size_of(training.dtype);
  recording.input_width = count_of(training.architecture.sample);
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
