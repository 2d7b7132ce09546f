// Small trainings with their data: one whose arithmetic is exact, one with real values.
#pragma once

#include <cstdint>

#include "harness/data/batch_loader.hpp"
#include "harness/data/exact.hpp"
#include "harness/data/synthetic.hpp"
#include "harness/data/tokens.hpp"
#include "harness/train/init.hpp"
#include "harness/train/models/gpt.hpp"
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

/// The same with sums that stay below 2^8, so that bf16 holds them, for at most 8 rows: without a hidden layer.
inline TrainingWithData small_exact_training(DType dtype = DType::bf16, std::uint64_t seed = 5) {
  constexpr std::size_t inputs = 24;
  constexpr std::size_t outputs = 8;
  TrainingWithData result = exact_training(dtype, seed);
  result.training.architecture = make_mlp({inputs, outputs}, Activation::none, true);
  result.training.initial_values = sparse_ternary(result.training.architecture.parameter_specs(), seed + 1);
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

/// Of tokens, with tied weights and dropout.
inline TrainingWithData token_training(DType dtype = DType::f32, std::uint64_t seed = 5) {
  constexpr GptShape shape{.layers = 2, .width = 8, .heads = 2, .context = 6, .vocabulary = 11, .dropout = 0.1};
  TrainingWithData result{
      {}, make_synthetic_tokens({.samples = 256, .context = shape.context, .vocabulary = shape.vocabulary}, seed)};
  result.training.architecture = make_gpt(shape);
  result.training.initial_values = kaiming_uniform(result.training.architecture.parameter_specs(), seed + 1);
  result.training.optimizer = kernels::SgdSettings{.learning_rate = 0.1, .momentum = 0.9};
  result.training.loss = Loss::cross_entropy;
  result.training.dtype = dtype;
  return result;
}

/// The training from the values that bf16 holds of its starting values and samples.
inline TrainingWithData from_bf16_values(TrainingWithData training) {
  for (float& value : training.training.initial_values) value = stored_as(DType::bf16, value);
  training.dataset = std::move(training.dataset).stored_as(DType::bf16);
  return training;
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
