// Losses with their gradients, and accuracy. `scale` is what makes a sum over a piece of the batch a part of the mean
// over the whole: 1/global batch (times 1/elements per sample for the squared error). Zero rows give the loss 0.
// `into` says whether the loss replaces or is added to what loss holds; gradients are always overwritten.
// Sizes that do not fit throw std::invalid_argument, a label outside 0 … classes-1 throws std::out_of_range.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/bfloat16.hpp"
#include "kernels/into.hpp"

namespace lockstep::kernels {

/// logits, dlogits: [rows, classes]; labels: [rows]; loss: [1].
/// loss = scale·Σ −log softmax(logits)[label], summed in double; dlogits = scale·(softmax(logits) − onehot(label)).
/// dlogits may be logits. Each row's maximum is subtracted first, so no exponential overflows.
void softmax_cross_entropy(std::span<const float> logits, std::span<const std::int32_t> labels, std::size_t classes,
                           double scale, std::span<double> loss, std::span<float> dlogits, Into into = Into::overwrite);

/// outputs, targets, doutputs: the same size; loss: [1].
/// loss = scale·Σ (output − target)², summed in double; doutputs = 2·scale·(output − target), with 2·scale rounded to
/// float once. doutputs may be outputs.
void mean_squared_error(std::span<const float> outputs, std::span<const float> targets, double scale,
                        std::span<double> loss, std::span<float> doutputs, Into into = Into::overwrite);

/// How many rows of logits [rows, classes] have their largest value at the row's label; the first of equals wins.
std::int64_t count_correct(std::span<const float> logits, std::span<const std::int32_t> labels, std::size_t classes);
/// Adds that number to correct [1].
void add_correct(std::span<const float> logits, std::span<const std::int32_t> labels, std::size_t classes,
                 std::span<std::int32_t> correct);

// Stored in bfloat16: computed in float, gradients are rounded once; the loss is that of the stored outputs, in double.
void softmax_cross_entropy(std::span<const BFloat16> logits, std::span<const std::int32_t> labels, std::size_t classes,
                           double scale, std::span<double> loss, std::span<BFloat16> dlogits,
                           Into into = Into::overwrite);
void mean_squared_error(std::span<const BFloat16> outputs, std::span<const BFloat16> targets, double scale,
                        std::span<double> loss, std::span<BFloat16> doutputs, Into into = Into::overwrite);
std::int64_t count_correct(std::span<const BFloat16> logits, std::span<const std::int32_t> labels, std::size_t classes);
void add_correct(std::span<const BFloat16> logits, std::span<const std::int32_t> labels, std::size_t classes,
                 std::span<std::int32_t> correct);

// The references.
void softmax_cross_entropy(std::span<const double> logits, std::span<const std::int32_t> labels, std::size_t classes,
                           double scale, std::span<double> loss, std::span<double> dlogits,
                           Into into = Into::overwrite);
void mean_squared_error(std::span<const double> outputs, std::span<const double> targets, double scale,
                        std::span<double> loss, std::span<double> doutputs, Into into = Into::overwrite);
std::int64_t count_correct(std::span<const double> logits, std::span<const std::int32_t> labels, std::size_t classes);
void add_correct(std::span<const double> logits, std::span<const std::int32_t> labels, std::size_t classes,
                 std::span<std::int32_t> correct);

}  // namespace lockstep::kernels
