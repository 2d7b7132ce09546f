#include "kernels/gemm.hpp"

#include <cblas.h>

#include <algorithm>
#include <limits>

#include "kernels/check.hpp"

namespace lockstep::kernels {
namespace {

void check_shapes(std::size_t m, std::size_t n, std::size_t k, std::size_t a, std::size_t b, std::size_t c) {
  constexpr std::size_t largest = std::numeric_limits<blasint>::max();
  check(m <= largest && n <= largest && k <= largest, "gemm", "a dimension exceeds the index type of BLAS");
  check_size("gemm", "a", a, m * k);
  check_size("gemm", "b", b, k * n);
  check_size("gemm", "c", c, m * n);
}

CBLAS_TRANSPOSE to_cblas(Transpose transpose) { return transpose == Transpose::yes ? CblasTrans : CblasNoTrans; }

}  // namespace

void gemm(Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n, std::size_t k,
          std::span<const float> a, std::span<const float> b, Into into, std::span<float> c) {
  check_shapes(m, n, k, a.size(), b.size(), c.size());
  if (c.empty()) return;
  if (k == 0) {  // a sum of no terms; BLAS wants strides of at least 1
    if (into == Into::overwrite) std::ranges::fill(c, 0.0F);
    return;
  }
  const std::size_t stride_a = transpose_a == Transpose::yes ? m : k;
  const std::size_t stride_b = transpose_b == Transpose::yes ? k : n;
  cblas_sgemm(CblasRowMajor, to_cblas(transpose_a), to_cblas(transpose_b), static_cast<blasint>(m),
              static_cast<blasint>(n), static_cast<blasint>(k), 1.0F, a.data(), static_cast<blasint>(stride_a),
              b.data(), static_cast<blasint>(stride_b), into == Into::add ? 1.0F : 0.0F, c.data(),
              static_cast<blasint>(n));
}

void gemm(Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n, std::size_t k,
          std::span<const double> a, std::span<const double> b, Into into, std::span<double> c) {
  check_shapes(m, n, k, a.size(), b.size(), c.size());
  for (std::size_t row = 0; row < m; ++row) {
    for (std::size_t column = 0; column < n; ++column) {
      double sum = 0;
      for (std::size_t i = 0; i < k; ++i) {
        const double left = transpose_a == Transpose::yes ? a[i * m + row] : a[row * k + i];
        const double right = transpose_b == Transpose::yes ? b[column * k + i] : b[i * n + column];
        sum += left * right;
      }
      double& result = c[row * n + column];
      result = into == Into::add ? result + sum : sum;
    }
  }
}

}  // namespace lockstep::kernels
