// Batch normalisation, queued on a stream. Formulas: kernels/batch_norm.hpp. x, y, dy, dx [rows, channels, …plane];
// everything of a channel [channels]; sums [2·channels] of f64; the rest of one element type. Does not wait.
#pragma once

#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"
#include "kernels/batch_norm.hpp"

namespace lockstep::ops {

/// A channel's statistics: those of a batch, and the running ones.
struct BatchNormTensors {
  Tensor mean;
  Tensor inverse_deviation;
  Tensor running_mean;
  Tensor running_variance;
};

void add_to(WorkKey& key, const BatchNormTensors& statistics);

void batch_norm_sums(Stream& stream, const Tensor& x, const Tensor& sums);
void batch_norm_statistics(Stream& stream, const Tensor& sums, std::size_t count, const BatchNormTensors& statistics,
                           const kernels::BatchNormSettings& settings);
void batch_norm_running(Stream& stream, const BatchNormTensors& statistics, const kernels::BatchNormSettings& settings);
void batch_norm_forward(Stream& stream, const Tensor& x, const BatchNormTensors& statistics, const Tensor& gamma,
                        const Tensor& beta, const Tensor& y);
void batch_norm_backward_sums(Stream& stream, const Tensor& x, const Tensor& dy, const BatchNormTensors& statistics,
                              const Tensor& sums);
void batch_norm_backward_input(Stream& stream, const Tensor& x, const Tensor& dy, const BatchNormTensors& statistics,
                               const Tensor& gamma, const Tensor& sums, std::size_t count, const Tensor& dx);
/// dbeta, dgamma (=|+=) the two halves of sums.
void batch_norm_backward_parameters(Stream& stream, const Tensor& sums, const Tensor& dgamma, const Tensor& dbeta,
                                    kernels::Into into);

}  // namespace lockstep::ops
