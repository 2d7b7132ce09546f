#include "kernels/gemm.hpp"

#include <cblas.h>

#include <algorithm>
#include <array>
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

/// Sides of the square tiles in which bfloat16 is multiplied as float. A tile's element takes part in 128 products for
/// each time it is converted.
constexpr std::size_t tile_side = 128;
using Tile = std::array<float, tile_side * tile_side>;

struct Range {
  std::size_t first;
  std::size_t count;
};

/// The tile's share of [0, size) that begins at `first`.
Range tile_range(std::size_t first, std::size_t size) { return {first, std::min(tile_side, size - first)}; }

/// Part of a matrix with `stride` elements in a row, as float without gaps.
std::span<const float> widen(std::span<const BFloat16> matrix, std::size_t stride, Range rows, Range columns,
                             Tile& tile) {
  for (std::size_t row = 0; row < rows.count; ++row) {
    const BFloat16* const from = matrix.data() + (rows.first + row) * stride + columns.first;
    float* const to = tile.data() + row * columns.count;
    for (std::size_t column = 0; column < columns.count; ++column) to[column] = from[column];
  }
  return std::span{tile}.first(rows.count * columns.count);
}

/// The other way round: rounds.
void narrow(const Tile& tile, std::span<BFloat16> matrix, std::size_t stride, Range rows, Range columns) {
  for (std::size_t row = 0; row < rows.count; ++row) {
    const float* const from = tile.data() + row * columns.count;
    BFloat16* const to = matrix.data() + (rows.first + row) * stride + columns.first;
    for (std::size_t column = 0; column < columns.count; ++column) to[column] = BFloat16{from[column]};
  }
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
          std::span<const BFloat16> a, std::span<const BFloat16> b, Into into, std::span<BFloat16> c) {
  check_shapes(m, n, k, a.size(), b.size(), c.size());
  if (k == 0 && into == Into::overwrite) std::ranges::fill(c, BFloat16{0.0F});
  alignas(64) Tile a_tile;
  alignas(64) Tile b_tile;
  alignas(64) Tile sums;
  for (std::size_t row = 0; row < m && k > 0; row += tile_side) {
    const Range rows = tile_range(row, m);
    for (std::size_t column = 0; column < n; column += tile_side) {
      const Range columns = tile_range(column, n);
      if (into == Into::add) (void)widen(c, n, rows, columns, sums);
      for (std::size_t term = 0; term < k; term += tile_side) {
        const Range terms = tile_range(term, k);
        const auto left =
            transpose_a == Transpose::yes ? widen(a, m, terms, rows, a_tile) : widen(a, k, rows, terms, a_tile);
        const auto right =
            transpose_b == Transpose::yes ? widen(b, k, columns, terms, b_tile) : widen(b, n, terms, columns, b_tile);
        gemm(transpose_a, transpose_b, rows.count, columns.count, terms.count, left, right,
             term == 0 ? into : Into::add, std::span{sums}.first(rows.count * columns.count));
      }
      narrow(sums, c, n, rows, columns);
    }
  }
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

void gemm(Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n, std::size_t k,
          Strided<const float> a, Strided<const float> b, Into into, Strided<float> c) {
  cblas_sgemm(CblasRowMajor, to_cblas(transpose_a), to_cblas(transpose_b), static_cast<blasint>(m),
              static_cast<blasint>(n), static_cast<blasint>(k), 1.0F, a.data, static_cast<blasint>(a.stride), b.data,
              static_cast<blasint>(b.stride), into == Into::add ? 1.0F : 0.0F, c.data, static_cast<blasint>(c.stride));
}

void gemm(Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n, std::size_t k,
          Strided<const double> a, Strided<const double> b, Into into, Strided<double> c) {
  for (std::size_t row = 0; row < m; ++row)
    for (std::size_t column = 0; column < n; ++column) {
      double sum = 0;
      for (std::size_t i = 0; i < k; ++i) {
        const double left = transpose_a == Transpose::yes ? a.data[i * a.stride + row] : a.data[row * a.stride + i];
        const double right =
            transpose_b == Transpose::yes ? b.data[column * b.stride + i] : b.data[i * b.stride + column];
        sum += left * right;
      }
      double& result = c.data[row * c.stride + column];
      result = into == Into::add ? result + sum : sum;
    }
}

}  // namespace lockstep::kernels
