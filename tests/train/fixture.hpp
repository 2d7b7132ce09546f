// A small training on any world, with everything it did recorded for comparison.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "harness/data/batch_loader.hpp"
#include "harness/data/exact.hpp"
#include "harness/data/synthetic.hpp"
#include "harness/device/cpu/cpu_world.hpp"
#include "harness/train/init.hpp"
#include "harness/train/models/mlp.hpp"
#include "harness/train/strategy/strategy.hpp"

namespace lockstep {

/// Sums of integers stay exact: small integer data, ternary weights, mse over a power of two of elements.
struct ExactTraining {
  static constexpr std::size_t inputs = 24;
  static constexpr std::size_t outputs = 8;

  explicit ExactTraining(DType dtype = DType::f32)
      : dataset{make_exact({.samples = 256, .inputs = inputs, .outputs = outputs}, 5)} {
    training.architecture = make_mlp({inputs, 16, 12, outputs}, Activation::relu, true);
    training.initial_values = sparse_ternary(training.architecture.parameter_specs(), 3);
    // High enough that only few weights move in each step: the network stays sparse and its sums small.
    training.optimizer = kernels::TernarySettings{.threshold = 0.06};
    training.loss = Loss::mse;
    training.dtype = dtype;
  }

  Training training;
  Dataset dataset;
};

/// What one rank held after one step.
struct Snapshot {
  std::vector<float> parameters;
  std::vector<float> gradients;
  std::vector<float> inputs;
  std::vector<float> outputs;
  double loss;
  bool updates;
};

/// snapshots[step][rank]
using Recording = std::vector<std::vector<Snapshot>>;

struct Plan {
  std::string strategy = "single";
  int ranks = 1;
  cpu::Order order = cpu::Order::at_once;
  std::size_t steps = 5;
  std::size_t batch = 16;
  StrategyOptions options{.buckets = {.first = 64, .others = 1024}};  // several buckets even for a small network
};

inline Recording record(const Training& training, const Dataset& dataset, const Plan& plan) {
  World world = cpu::open_world({.ranks = plan.ranks, .order = plan.order});
  Recording recording(plan.steps, std::vector<Snapshot>(static_cast<std::size_t>(plan.ranks)));
  on_every_rank(world, [&](Rank& rank) {
    const auto strategy = make_strategy(plan.strategy, rank, training, plan.options);
    const auto ids_of = [&](std::size_t step) {
      std::vector<SampleId> ids;
      for (std::size_t i = 0; i < plan.batch; ++i)
        ids.push_back(static_cast<SampleId>((step * plan.batch + i) % dataset.size()));
      return ids;
    };
    BatchLoader source{*rank.device, dataset, ids_of, training.dtype};
    Stream& stream = strategy->compute();
    for (std::size_t step = 0; step < plan.steps; ++step) {
      strategy->step(step, source);
      const Parameters& parameters = strategy->model().parameters();
      recording[step][static_cast<std::size_t>(rank.index)] = {
          to_host<float>(stream, parameters.values()),  to_host<float>(stream, parameters.gradients()),
          to_host<float>(stream, strategy->inputs()),   to_host<float>(stream, strategy->outputs()),
          to_host<double>(stream, strategy->loss())[0], strategy->optimizer() != nullptr};
    }
  });
  return recording;
}

}  // namespace lockstep
