// Losses and accuracy on a GPU. Formulas, shapes and errors: kernels/losses.hpp. A label that is no class cannot be
// thrown from there: it makes the row's loss and gradient NaN, and the row is not correct.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/bfloat16.hpp"
#include "kernels/cuda/queue.hpp"
#include "kernels/into.hpp"

namespace lockstep::kernels {

void softmax_cross_entropy(const CudaQueue& queue, std::span<const float> logits, std::span<const std::int32_t> labels,
                           std::size_t classes, double scale, std::span<double> loss, std::span<float> dlogits,
                           Into into = Into::overwrite);
void softmax_cross_entropy(const CudaQueue& queue, std::span<const double> logits, std::span<const std::int32_t> labels,
                           std::size_t classes, double scale, std::span<double> loss, std::span<double> dlogits,
                           Into into = Into::overwrite);
void softmax_cross_entropy(const CudaQueue& queue, std::span<const BFloat16> logits,
                           std::span<const std::int32_t> labels, std::size_t classes, double scale,
                           std::span<double> loss, std::span<BFloat16> dlogits, Into into = Into::overwrite);
void mean_squared_error(const CudaQueue& queue, std::span<const float> outputs, std::span<const float> targets,
                        double scale, std::span<double> loss, std::span<float> doutputs, Into into = Into::overwrite);
void mean_squared_error(const CudaQueue& queue, std::span<const double> outputs, std::span<const double> targets,
                        double scale, std::span<double> loss, std::span<double> doutputs, Into into = Into::overwrite);
void mean_squared_error(const CudaQueue& queue, std::span<const BFloat16> outputs, std::span<const BFloat16> targets,
                        double scale, std::span<double> loss, std::span<BFloat16> doutputs,
                        Into into = Into::overwrite);
void add_correct(const CudaQueue& queue, std::span<const float> logits, std::span<const std::int32_t> labels,
                 std::size_t classes, std::span<std::int32_t> correct);
void add_correct(const CudaQueue& queue, std::span<const double> logits, std::span<const std::int32_t> labels,
                 std::size_t classes, std::span<std::int32_t> correct);
void add_correct(const CudaQueue& queue, std::span<const BFloat16> logits, std::span<const std::int32_t> labels,
                 std::size_t classes, std::span<std::int32_t> correct);

}  // namespace lockstep::kernels
