// Fully connected layer y = x·wᵀ + b and its gradients (the formulas of torch.nn.Linear). All matrices are row-major;
// `rows` is the batch and may be 0.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/bfloat16.hpp"
#include "kernels/into.hpp"

namespace lockstep::kernels {

/// x, dx: [rows, in]; w, dw: [out, in]; bias, db: [out]; y, dy: [rows, out].
struct LinearShape {
  std::size_t rows = 0;
  std::size_t in = 0;
  std::size_t out = 0;
};

// Each throws std::invalid_argument when the size of a span is not its shape's. Results must not overlap inputs.

/// y = x·wᵀ + bias for every row; an empty `bias` means none.
void linear_forward(std::span<const float> x, std::span<const float> w, std::span<const float> bias, std::span<float> y,
                    LinearShape shape);
/// dx = dy·w
void linear_backward_input(std::span<const float> dy, std::span<const float> w, std::span<float> dx, LinearShape shape);
/// dw (=|+=) dyᵀ·x
void linear_backward_weight(std::span<const float> x, std::span<const float> dy, std::span<float> dw, LinearShape shape,
                            Into into);
/// db (=|+=) Σ over the rows of dy, in row order.
void linear_backward_bias(std::span<const float> dy, std::span<float> db, LinearShape shape, Into into);

// Stored in bfloat16: computed in float, each element of a result is rounded once.
void linear_forward(std::span<const BFloat16> x, std::span<const BFloat16> w, std::span<const BFloat16> bias,
                    std::span<BFloat16> y, LinearShape shape);
void linear_backward_input(std::span<const BFloat16> dy, std::span<const BFloat16> w, std::span<BFloat16> dx,
                           LinearShape shape);
void linear_backward_weight(std::span<const BFloat16> x, std::span<const BFloat16> dy, std::span<BFloat16> dw,
                            LinearShape shape, Into into);
void linear_backward_bias(std::span<const BFloat16> dy, std::span<BFloat16> db, LinearShape shape, Into into);

// The references.
void linear_forward(std::span<const double> x, std::span<const double> w, std::span<const double> bias,
                    std::span<double> y, LinearShape shape);
void linear_backward_input(std::span<const double> dy, std::span<const double> w, std::span<double> dx,
                           LinearShape shape);
void linear_backward_weight(std::span<const double> x, std::span<const double> dy, std::span<double> dw,
                            LinearShape shape, Into into);
void linear_backward_bias(std::span<const double> dy, std::span<double> db, LinearShape shape, Into into);

}  // namespace lockstep::kernels
