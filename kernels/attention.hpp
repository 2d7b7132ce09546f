// Causal multi-head attention: by head, y = softmax of Q·Kᵀ/√d, each position over itself and those before, times V.
// qkv, dqkv [rows, positions, 3·width] hold queries, keys and values side by side, each of them heads·d = width wide;
// y, dy [rows, positions, width]; probabilities [rows, heads, positions, positions], row-major.
#pragma once

#include <cstddef>
#include <span>

namespace lockstep::kernels {

struct AttentionShape {
  std::size_t rows = 0;
  std::size_t positions = 1;
  std::size_t heads = 1;
  std::size_t head_width = 1;  // d

  [[nodiscard]] std::size_t width() const { return heads * head_width; }
  [[nodiscard]] std::size_t count() const { return rows * positions * width(); }
  [[nodiscard]] std::size_t probabilities() const { return rows * heads * positions * positions; }
  /// Elements that backward needs on a CPU.
  [[nodiscard]] std::size_t scratch() const { return positions * positions; }
};

// For float and double, its reference. Each throws std::invalid_argument when the size of a span is not its shape's.

/// `probabilities` is for backward; those of later positions are 0.
template <typename T>
void attention_forward(std::span<const T> qkv, std::span<T> probabilities, std::span<T> y, const AttentionShape& shape);
/// Overwrites dqkv; `probabilities` hold something else afterwards.
template <typename T>
void attention_backward(std::span<const T> qkv, std::span<const T> dy, std::span<T> probabilities, std::span<T> scratch,
                        std::span<T> dqkv, const AttentionShape& shape);

}  // namespace lockstep::kernels
