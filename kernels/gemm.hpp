// Matrix product, row-major: C = op(A)·op(B) or C += op(A)·op(B), where op(X) is X or its transpose.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/bfloat16.hpp"
#include "kernels/into.hpp"

namespace lockstep::kernels {

enum class Transpose { no, yes };

/// op(a) is [m, k], op(b) is [k, n], c is [m, n] and must not overlap a or b. Computed on the caller's thread once
/// use_one_thread_per_caller() was called; the same call gives the same bits every time, from any thread.
/// Throws std::invalid_argument when a size is not its shape's.
void gemm(Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n, std::size_t k,
          std::span<const float> a, std::span<const float> b, Into into, std::span<float> c);

/// The same with elements stored in bfloat16: products and sums are those of float, and each element of c is rounded
/// once. Works on tiles of fixed size on the caller's stack (192 KiB), so that it allocates nothing.
void gemm(Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n, std::size_t k,
          std::span<const BFloat16> a, std::span<const BFloat16> b, Into into, std::span<BFloat16> c);

/// The reference: each element a sum over k = 0, 1, …
void gemm(Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n, std::size_t k,
          std::span<const double> a, std::span<const double> b, Into into, std::span<double> c);

/// A matrix inside a larger array: `stride` elements from one row to the next.
template <typename T>
struct Strided {
  T* data;
  std::size_t stride;
};

/// Likewise of such matrices, which the caller has checked. m, n and k are at least 1.
void gemm(Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n, std::size_t k,
          Strided<const float> a, Strided<const float> b, Into into, Strided<float> c);
void gemm(Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n, std::size_t k,
          Strided<const double> a, Strided<const double> b, Into into, Strided<double> c);

}  // namespace lockstep::kernels
