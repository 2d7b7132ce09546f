#include "harness/measure/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>

namespace lockstep {
namespace {

/// The most rows of a step, rows[rank][step] summed over the ranks.
std::size_t largest_step(const std::vector<std::vector<std::size_t>>& rows) {
  std::size_t largest = 0;
  for (std::size_t step = 0; step < rows.front().size(); ++step) {
    std::size_t sum = 0;
    for (const auto& of_rank : rows) sum += of_rank[step];
    largest = std::max(largest, sum);
  }
  return largest;
}

}  // namespace

Trainer::Trainer(World world, const Training& training, const Dataset& dataset, BatchPlan batches, std::string strategy,
                 StrategyOptions options)
    : world_{std::move(world)},
      training_{training},
      dataset_{dataset},
      batches_{std::move(batches)},
      strategy_name_{std::move(strategy)},
      options_{std::move(options)},
      losses_(world_.ranks.size()),
      sources_(world_.ranks.size()),
      strategies_(world_.ranks.size()) {
  require(world_.ranks.size() == static_cast<std::size_t>(world_.size()), "a trainer of {} of {} ranks",
          world_.ranks.size(), world_.size());
  lockstep::on_every_rank(world_, [this](Rank& rank) {
    const auto index = static_cast<std::size_t>(rank.index);
    sources_[index] = std::make_unique<BatchLoader>(*rank.device, dataset_, batches_, training_.dtype);
    strategies_[index] = make_strategy(strategy_name_, rank, training_, options_);
    strategies_[index]->compute().synchronize();
  });
}

Block Trainer::run(std::size_t steps) {
  Block block;
  block.ranks.resize(world_.ranks.size());
  // All ranks' times are differences to one event, so that they can be compared.
  const auto host_start = std::chrono::steady_clock::now();
  std::vector<std::vector<std::size_t>> rows(world_.ranks.size(), std::vector<std::size_t>(steps));
  const auto clock = world_.ranks[0]->device->make_compute_stream();
  const Event origin = clock->record();
  clock->synchronize();  // no rank's work comes before it
  lockstep::on_every_rank(world_, [&](Rank& rank) {
    const auto index = static_cast<std::size_t>(rank.index);
    Strategy& strategy = *strategies_[index];
    Stream& stream = strategy.compute();
    strategy.timeline().clear();
    rank.group->barrier(stream);
    const Traffic before = strategy.traffic();
    for (std::size_t i = 0; i < steps; ++i) {
      strategy.step(position_.step + i, *sources_[index], i == 0 ? position_.micro_batch : 0);
      rows[index][i] = strategy.rows();
      double& loss = losses_[index].emplace_back(0);
      if (strategy.optimizer() != nullptr)
        stream.copy_out(strategy.loss(), std::as_writable_bytes(std::span{&loss, 1}));
    }
    const Event end = stream.record();
    stream.synchronize();
    block.ranks[index] = timed_spans(strategy.timeline().spans(), origin, end);
    block.ranks[index].rows = std::accumulate(rows[index].begin(), rows[index].end(), std::size_t{0});
    if (rank.index == 0) block.traffic = strategy.traffic() - before;
  });
  if (steps > 0) position_ = {.step = position_.step + steps, .micro_batch = 0};
  block.batch = largest_step(rows);
  block.host_seconds = Seconds{std::chrono::steady_clock::now() - host_start}.count();
  return block;
}

void Trainer::accumulate(std::size_t micro_batches) {
  on_every_rank([&](Rank& rank, Strategy& strategy) {
    BatchLoader& source = *sources_[static_cast<std::size_t>(rank.index)];
    const std::vector<MicroBatch> parts = strategy.micro_batches(position_.step, source.rows(position_.step));
    require(position_.micro_batch <= micro_batches && micro_batches < parts.size(),
            "a stop after {} of {} micro-batches, {} of which are done", micro_batches, parts.size(),
            position_.micro_batch);
    for (const MicroBatch& micro : parts)
      if (micro.index >= position_.micro_batch && micro.index < micro_batches) strategy.accumulate(micro, source);
    strategy.compute().synchronize();
  });
  position_.micro_batch = micro_batches;
}

TrainingState Trainer::state() {
  StateCapture capture{position_, world_.ranks.size()};
  on_every_rank([&](Rank&, Strategy& strategy) { capture.add(strategy); });
  return capture.take();
}

void Trainer::restore(const TrainingState& state) {
  on_every_rank([&](Rank&, Strategy& strategy) { lockstep::restore(state, strategy); });
  position_ = state.position;
}

std::vector<double> Trainer::take_losses() {
  std::vector<double> total(losses_[0].size());
  for (std::deque<double>& parts : losses_) {
    for (std::size_t step = 0; step < total.size(); ++step) total[step] += parts[step];
    parts.clear();
  }
  return total;
}

void Trainer::on_every_rank(const std::function<void(Rank&, Strategy&)>& work) {
  lockstep::on_every_rank(world_, [&](Rank& rank) { work(rank, *strategies_[static_cast<std::size_t>(rank.index)]); });
}

}  // namespace lockstep
