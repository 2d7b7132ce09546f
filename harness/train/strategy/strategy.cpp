#include "harness/train/strategy/strategy.hpp"

#include "harness/base/text.hpp"
#include "harness/ops/memory.hpp"
#include "harness/train/strategy/data_parallel.hpp"
#include "harness/train/strategy/distributed_data_parallel.hpp"
#include "harness/train/strategy/single_device.hpp"

namespace lockstep {
namespace {

/// The initial values in the model's element type.
void set_values(Stream& stream, const Parameters& parameters, const std::vector<float>& values) {
  require(values.size() == parameters.count(), "{} initial values for {} parameters", values.size(),
          parameters.count());
  visit_float(parameters.values().dtype(), [&]<typename T>(T) {
    std::vector<T> stored;
    stored.reserve(values.size());
    for (const float value : values) stored.push_back(static_cast<T>(value));
    from_host<T>(stream, stored, parameters.values());
  });
}

using Maker = std::unique_ptr<Strategy> (*)(Rank&, const Training&, const StrategyOptions&);

struct Entry {
  std::string_view name;
  Maker make;
};

constexpr std::array<Entry, 3> table{{
    {"single",
     [](Rank& rank, const Training& training, const StrategyOptions& options) -> std::unique_ptr<Strategy> {
       return std::make_unique<SingleDevice>(rank, training, options);
     }},
    {"dp",
     [](Rank& rank, const Training& training, const StrategyOptions& options) -> std::unique_ptr<Strategy> {
       return std::make_unique<DataParallel>(rank, training, options);
     }},
    {"ddp",
     [](Rank& rank, const Training& training, const StrategyOptions& options) -> std::unique_ptr<Strategy> {
       return std::make_unique<DistributedDataParallel>(rank, training, options);
     }},
}};

}  // namespace

Strategy::Strategy(Rank& rank, const Training& training, StrategyOptions options)
    : rank_{rank},
      training_{training},
      options_{std::move(options)},
      compute_{rank.device->make_compute_stream()},
      model_{*rank.device, training.dtype, training.architecture},
      loss_{*rank.device, DType::f64, {1}, Use::workspace},
      doutputs_{*rank.device, training.dtype, {0}, Use::activations} {
  set_values(*compute_, model_.parameters(), training.initial_values);
  model_.buffers().start(*compute_);
  ops::zero(*compute_, loss_);
}

void Strategy::step(std::size_t step, BatchSource& source, std::size_t first_micro_batch) {
  for (const MicroBatch& micro : micro_batches(step, source.rows(step)))
    if (micro.index >= first_micro_batch) accumulate(micro, source);
  update();
}

std::vector<MicroBatch> Strategy::micro_batches(std::size_t step, std::size_t rows) const {
  return micro_batches_of(options_, step, rows, static_cast<std::size_t>(rank_.group->size()));
}

void Strategy::accumulate(const MicroBatch& micro, BatchSource& source) {
  rank_.step = static_cast<std::int64_t>(micro.step);
  timeline_.begin_step(micro.step);
  are_gradients_complete_ = false;
  inputs_ = outputs_ = {};  // held on to, they would take room beside larger ones
  do_accumulate(micro, source);
  rows_ = (micro.is_first() ? 0 : rows_) + inputs_.rows();
}

void Strategy::complete_gradients() {
  if (!are_gradients_complete_) do_complete_gradients();
  are_gradients_complete_ = true;
}

void Strategy::update() {
  complete_gradients();
  do_update();
}

Tensor Strategy::gradient_of(const Tensor& outputs) {
  if (doutputs_.count() < outputs.count() || doutputs_.dtype() != outputs.dtype()) {  // none yet: f32
    doutputs_ = {};
    doutputs_ = Tensor{*rank_.device, outputs.dtype(), outputs.shape(), Use::activations};
  }
  return doutputs_.view(0, outputs.shape());
}

void Strategy::add_loss(const MicroBatch& micro, const Tensor& outputs, const Tensor& targets, double scale,
                        const Tensor& doutputs) {
  during(Phase::loss,
         [&] { compute_loss(*compute_, training_.loss, outputs, targets, scale, loss_, doutputs, into(micro)); });
}

const std::vector<std::string_view>& strategy_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> list;
    for (const Entry& entry : table) list.push_back(entry.name);
    return list;
  }();
  return names;
}

std::unique_ptr<Strategy> make_strategy(std::string_view name, Rank& rank, const Training& training,
                                        const StrategyOptions& options) {
  for (const Entry& entry : table)
    if (entry.name == name) return entry.make(rank, training, options);
  throw UsageError{fmt::format("unknown strategy {}{}", printable(name), did_you_mean(name, strategy_names()))};
}

}  // namespace lockstep
