#include "harness/measure/pieces.hpp"

#include <algorithm>

namespace lockstep {
namespace {

std::vector<Rows> pieces_with_rows(const std::vector<MicroBatch>& micro_batches) {
  std::vector<Rows> pieces;
  for (const MicroBatch& micro : micro_batches)
    std::ranges::copy_if(micro.pieces, std::back_inserter(pieces), [](const Rows& piece) { return piece.count > 0; });
  return pieces;
}

/// The gradient of the mean loss over some rows.
std::vector<double> gradient_of(std::size_t step, Rows rows, Strategy& one, BatchSource& source) {
  one.accumulate({.step = step, .batch_rows = rows.count, .pieces = {rows}}, source);
  return to_host<double>(one.compute(), one.model().parameters().gradients());
}

PieceGradients gradients_of(const std::vector<MicroBatch>& micro_batches, Strategy& one, BatchSource& source) {
  const MicroBatch& first = micro_batches.front();
  PieceGradients result;
  result.mean = gradient_of(first.step, {0, first.batch_rows}, one, source);
  result.bias.resize(result.mean.size());
  const auto count = static_cast<double>(first.pieces.size() * micro_batches.size());
  for (const Rows& piece : pieces_with_rows(micro_batches)) {
    const double weight = 1 / count - static_cast<double>(piece.count) / static_cast<double>(first.batch_rows);
    const std::vector<double> gradient = gradient_of(first.step, piece, one, source);
    for (std::size_t i = 0; i < gradient.size(); ++i) result.bias[i] += weight * gradient[i];
  }
  return result;
}

}  // namespace

std::vector<MicroBatch> pieces_in_turn(const StrategyOptions& options, std::size_t step, std::size_t rows,
                                       std::size_t devices) {
  const std::vector<MicroBatch> micro_batches = micro_batches_of(options, step, rows, devices);
  const std::vector<Rows> pieces = pieces_with_rows(micro_batches);
  std::vector<MicroBatch> turns;
  for (const Rows& piece : pieces)
    turns.push_back(
        {.step = step,
         .index = turns.size(),
         .count = pieces.size(),
         .batch_rows = options.averaging == Averaging::samples ? rows : piece.count * devices * micro_batches.size(),
         .pieces = {piece}});
  return turns;
}

bool has_uneven_pieces(const Recording& run) {
  const auto is_uneven = [](const StepRecord& step) {
    const auto& micro_batches = step.micro_batches;
    return std::ranges::any_of(micro_batches, [&](const MicroBatch& micro) {
      return std::ranges::any_of(micro.pieces, [&](const Rows& piece) {
        return piece.count * micro.pieces.size() * micro_batches.size() != micro.batch_rows;
      });
    });
  };
  return std::ranges::any_of(run.steps, is_uneven);
}

PiecewiseRun record_pieces(World& one_device, const Training& training, const Dataset& dataset, RecordingPlan plan,
                           std::size_t devices) {
  require(one_device.size() == 1 && training.dtype == DType::f64, "pieces in turn need one device, in f64");
  PiecewiseRun run;
  plan.strategy = "single";
  plan.micro_batches = [&, options = plan.options](std::size_t step, Strategy& one, BatchSource& source) {
    const std::size_t rows = source.rows(step);
    run.steps.push_back(gradients_of(micro_batches_of(options, step, rows, devices), one, source));
    return pieces_in_turn(options, step, rows, devices);
  };
  run.recording = record(one_device, training, dataset, plan);
  return run;
}

}  // namespace lockstep
