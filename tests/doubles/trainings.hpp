// Small trainings with their data: one whose arithmetic is exact, one with real values.
#pragma once

#include <cstdint>

#include "harness/data/batch_loader.hpp"
#include "harness/data/exact.hpp"
#include "harness/data/synthetic.hpp"
#include "harness/train/init.hpp"
#include "harness/train/models/mlp.hpp"
#include "harness/train/strategy/strategy.hpp"

namespace lockstep {

struct TrainingWithData {
  Training training;
  Dataset dataset;
};

/// Sums of integers stay exact: small integer data, ternary weights, mse over a power of two of elements.
inline TrainingWithData exact_training(DType dtype = DType::f32, std::uint64_t seed = 5) {
  constexpr std::size_t inputs = 24;
  constexpr std::size_t outputs = 8;
  TrainingWithData result{{}, make_exact({.samples = 256, .inputs = inputs, .outputs = outputs}, seed)};
  result.training.architecture = make_mlp({inputs, 16, 12, outputs}, Activation::relu, true);
  result.training.initial_values = sparse_ternary(result.training.architecture.parameter_specs(), seed + 1);
  // High enough that only few weights move in each step: the network stays sparse and its sums small.
  result.training.optimizer = kernels::TernarySettings{.threshold = 0.06};
  result.training.loss = Loss::mse;
  result.training.dtype = dtype;
  return result;
}

/// Smooth, so that no rounding flips the mask of an activation; with an optimizer that keeps state.
inline TrainingWithData real_training(DType dtype = DType::f32, std::uint64_t seed = 5) {
  constexpr std::size_t inputs = 20;
  constexpr std::size_t outputs = 10;
  TrainingWithData result{{}, make_synthetic_labels({.samples = 256, .inputs = inputs, .outputs = outputs}, seed)};
  result.training.architecture = make_mlp({inputs, 16, 12, outputs}, Activation::tanh, true);
  result.training.initial_values = kaiming_uniform(result.training.architecture.parameter_specs(), seed + 1);
  result.training.optimizer = kernels::SgdSettings{.learning_rate = 0.1, .momentum = 0.9};
  result.training.loss = Loss::cross_entropy;
  result.training.dtype = dtype;
  return result;
}

/// Batches of `rows` samples of 256 in a row, from the start again at the end.
inline BatchPlan consecutive(std::size_t rows) {
  return [rows](std::size_t step) {
    std::vector<SampleId> ids;
    for (std::size_t i = 0; i < rows; ++i) ids.push_back(static_cast<SampleId>((step * rows + i) % 256));
    return ids;
  };
}

/// Several buckets also for a small network.
inline const StrategyOptions small_buckets{.buckets = {.first = 64, .others = 1024}};

}  // namespace lockstep
