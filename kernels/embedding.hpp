// Rows of a table by number, and a table added to every sample. Tables are [tokens, width] and [positions, width],
// row-major.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/into.hpp"

namespace lockstep::kernels {

// For float and double, its reference. Each throws std::invalid_argument when the size of a span does not fit.

/// y[i] = table[tokens[i]]. A token outside of the table throws std::out_of_range.
template <typename T>
void embedding_forward(std::span<const std::int32_t> tokens, std::span<const T> table, std::span<T> y,
                       std::size_t width);
/// dtable[t] (=|+=) Σ of dy[i] over the i with tokens[i] = t, in their order.
template <typename T>
void embedding_backward(std::span<const std::int32_t> tokens, std::span<const T> dy, std::span<T> dtable,
                        std::size_t width, Into into);

/// y = x + table for every sample. y may be x.
template <typename T>
void add_table(std::span<const T> x, std::span<const T> table, std::span<T> y);

}  // namespace lockstep::kernels
