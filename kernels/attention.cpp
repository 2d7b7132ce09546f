#include "kernels/attention.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/check.hpp"
#include "kernels/exponential.hpp"
#include "kernels/gemm.hpp"

namespace lockstep::kernels {
namespace {

float exponential(float x) { return exp_of_nonpositive(x); }
double exponential(double x) { return std::exp(x); }

/// visit(elements before the head's queries in qkv, before its y, before its probabilities)
template <typename Visit>
void for_each_head(const AttentionShape& shape, const Visit& visit) {
  for (std::size_t row = 0; row < shape.rows; ++row)
    for (std::size_t head = 0; head < shape.heads; ++head) {
      const std::size_t position = row * shape.positions, column = head * shape.head_width;
      visit(position * 3 * shape.width() + column, position * shape.width() + column,
            (row * shape.heads + head) * shape.positions * shape.positions);
    }
}

/// Each row i of scores [positions, positions] ← softmax of the first i + 1 of scale·scores, then zeros.
template <typename T>
void causal_softmax(T* scores, std::size_t positions, T scale) {
  for (std::size_t i = 0; i < positions; ++i) {
    T* row = scores + i * positions;
    T largest = row[0];
    for (std::size_t j = 1; j <= i; ++j) largest = std::max(largest, row[j]);
    for (std::size_t j = 0; j <= i; ++j) row[j] = exponential((row[j] - largest) * scale);
    double sum = 0;
    for (std::size_t j = 0; j <= i; ++j) sum += static_cast<double>(row[j]);
    const T factor = static_cast<T>(1 / sum);
    for (std::size_t j = 0; j <= i; ++j) row[j] *= factor;
    std::fill(row + i + 1, row + positions, T{0});
  }
}

/// probabilities ← scale·P∘(dP − Σ over the row of P∘dP): the gradient by the scores.
template <typename T>
void softmax_gradient(const T* dprobabilities, T* probabilities, std::size_t positions, T scale) {
  for (std::size_t i = 0; i < positions; ++i) {
    const T* d = dprobabilities + i * positions;
    T* p = probabilities + i * positions;
    double sum = 0;
    for (std::size_t j = 0; j <= i; ++j) sum += static_cast<double>(p[j]) * static_cast<double>(d[j]);
    const T mean = static_cast<T>(sum);
    for (std::size_t j = 0; j <= i; ++j) p[j] *= (d[j] - mean) * scale;
  }
}

template <typename T>
T score_scale(const AttentionShape& shape) {
  return static_cast<T>(1 / std::sqrt(static_cast<double>(shape.head_width)));
}

}  // namespace

template <typename T>
void attention_forward(std::span<const T> qkv, std::span<T> probabilities, std::span<T> y,
                       const AttentionShape& shape) {
  constexpr const char* name = "attention_forward";
  check_size(name, "qkv", qkv.size(), 3 * shape.count());
  check_size(name, "probabilities", probabilities.size(), shape.probabilities());
  check_size(name, "y", y.size(), shape.count());
  const std::size_t positions = shape.positions, width = shape.width(), depth = shape.head_width;
  for_each_head(shape, [&](std::size_t in, std::size_t out, std::size_t at) {
    const T* q = qkv.data() + in;
    T* p = probabilities.data() + at;
    const Strided<const T> queries{q, 3 * width}, keys{q + width, 3 * width}, values{q + 2 * width, 3 * width};
    gemm(Transpose::no, Transpose::yes, positions, positions, depth, queries, keys, Into::overwrite,
         Strided<T>{p, positions});
    causal_softmax(p, positions, score_scale<T>(shape));
    gemm(Transpose::no, Transpose::no, positions, depth, positions, Strided<const T>{p, positions}, values,
         Into::overwrite, Strided<T>{y.data() + out, width});
  });
}

template <typename T>
void attention_backward(std::span<const T> qkv, std::span<const T> dy, std::span<T> probabilities, std::span<T> scratch,
                        std::span<T> dqkv, const AttentionShape& shape) {
  constexpr const char* name = "attention_backward";
  check_size(name, "qkv", qkv.size(), 3 * shape.count());
  check_size(name, "dy", dy.size(), shape.count());
  check_size(name, "probabilities", probabilities.size(), shape.probabilities());
  check_size(name, "scratch", scratch.size(), shape.scratch());
  check_size(name, "dqkv", dqkv.size(), 3 * shape.count());
  const std::size_t positions = shape.positions, width = shape.width(), depth = shape.head_width;
  for_each_head(shape, [&](std::size_t in, std::size_t out, std::size_t at) {
    const T* q = qkv.data() + in;
    T *dq = dqkv.data() + in, *p = probabilities.data() + at;
    const Strided<const T> queries{q, 3 * width}, keys{q + width, 3 * width}, values{q + 2 * width, 3 * width};
    const Strided<const T> doutputs{dy.data() + out, width}, p_now{p, positions};
    gemm(Transpose::yes, Transpose::no, positions, depth, positions, p_now, doutputs, Into::overwrite,
         Strided<T>{dq + 2 * width, 3 * width});
    gemm(Transpose::no, Transpose::yes, positions, positions, depth, doutputs, values, Into::overwrite,
         Strided<T>{scratch.data(), positions});
    softmax_gradient(scratch.data(), p, positions, score_scale<T>(shape));
    gemm(Transpose::no, Transpose::no, positions, depth, positions, p_now, keys, Into::overwrite,
         Strided<T>{dq, 3 * width});
    gemm(Transpose::yes, Transpose::no, positions, depth, positions, p_now, queries, Into::overwrite,
         Strided<T>{dq + width, 3 * width});
  });
}

#define LOCKSTEP_ATTENTION(T)                                                                                        \
  template void attention_forward(std::span<const T>, std::span<T>, std::span<T>, const AttentionShape&);            \
  template void attention_backward(std::span<const T>, std::span<const T>, std::span<T>, std::span<T>, std::span<T>, \
                                   const AttentionShape&);
LOCKSTEP_ATTENTION(float)
LOCKSTEP_ATTENTION(double)
#undef LOCKSTEP_ATTENTION

}  // namespace lockstep::kernels
