#include "tests/doubles/fakecuda/cublas_product.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>

namespace fakecuda {
namespace {

/// To the nearest number whose lowest `bits` bits of mantissa are 0, ties to even; infinities and NaN stay.
float without_low_bits(float value, unsigned bits) {
  const auto pattern = std::bit_cast<std::uint32_t>(value);
  if ((pattern & 0x7F800000U) == 0x7F800000U) return value;
  const std::uint32_t half = (1U << (bits - 1)) - 1U + (pattern >> bits & 1U);
  return std::bit_cast<float>((pattern + half) & ~((1U << bits) - 1U));
}

float tf32(float value) { return without_low_bits(value, 13); }

std::uint16_t to_bf16(float value) {
  const auto pattern = std::bit_cast<std::uint32_t>(without_low_bits(value, 16));
  const bool is_nan = (pattern & 0x7FFFFFFFU) > 0x7F800000U;
  return static_cast<std::uint16_t>(pattern >> 16U | (is_nan ? 0x40U : 0U));
}

template <typename T>
T load(const void* data, std::size_t index, Storage storage) {
  if (storage == Storage::f64) return static_cast<T>(static_cast<const double*>(data)[index]);
  if (storage == Storage::bf16) {
    const std::uint32_t pattern = static_cast<const std::uint16_t*>(data)[index];
    return static_cast<T>(std::bit_cast<float>(pattern << 16U));
  }
  const float value = static_cast<const float*>(data)[index];
  return static_cast<T>(storage == Storage::tf32 ? tf32(value) : value);
}

template <typename T>
void store(void* data, std::size_t index, Storage storage, T value) {
  if (storage == Storage::f64)
    static_cast<double*>(data)[index] = static_cast<double>(value);
  else if (storage == Storage::bf16)
    static_cast<std::uint16_t*>(data)[index] = to_bf16(static_cast<float>(value));
  else
    static_cast<float*>(data)[index] = static_cast<float>(value);
}

/// op(matrix) with its columns one after another.
template <typename T>
std::vector<T> packed(const Columns& matrix, bool transpose) {
  const auto rows = static_cast<std::size_t>(transpose ? matrix.columns : matrix.rows);
  const auto stride = static_cast<std::size_t>(matrix.stride);
  std::vector<T> result(static_cast<std::size_t>(matrix.rows) * static_cast<std::size_t>(matrix.columns));
  for (std::size_t column = 0; column < static_cast<std::size_t>(matrix.columns); ++column)
    for (std::size_t row = 0; row < static_cast<std::size_t>(matrix.rows); ++row)
      result[transpose ? row * rows + column : column * rows + row] =
          load<T>(matrix.data, column * stride + row, matrix.storage);
  return result;
}

constexpr std::size_t rows_at_once = 512;   // of C: what fits the cache closest to the processor
constexpr std::size_t columns_at_once = 4;  // of C, for each look at a column of A

/// sums[column][row] += A[row, p]·B[p, column] for all p, in their order.
template <typename T>
void add_products(const T* a, std::size_t a_rows, std::size_t rows, const T* b, std::size_t inner,
                  T (&sums)[columns_at_once][rows_at_once]) {
  for (std::size_t p = 0; p < inner; ++p) {
    const T* column = a + p * a_rows;
    const T b0 = b[p];
    const T b1 = b[inner + p];
    const T b2 = b[2 * inner + p];
    const T b3 = b[3 * inner + p];
    for (std::size_t row = 0; row < rows; ++row) {
      sums[0][row] += column[row] * b0;
      sums[1][row] += column[row] * b1;
      sums[2][row] += column[row] * b2;
      sums[3][row] += column[row] * b3;
    }
  }
}

template <typename T>
void multiply_as(const Product& product) {
  const auto rows = static_cast<std::size_t>(product.c.rows);
  const auto columns = static_cast<std::size_t>(product.c.columns);
  const auto stride = static_cast<std::size_t>(product.c.stride);
  const auto inner = static_cast<std::size_t>(product.inner);
  const bool reads_factors = product.alpha != 0;  // as BLAS has it: a NaN in A or B is not seen otherwise
  const std::vector<T> a = packed<T>(product.a, product.transpose_a);
  std::vector<T> b = packed<T>(product.b, product.transpose_b);
  b.resize((columns + columns_at_once) / columns_at_once * columns_at_once * inner);  // columns of 0 at the end
  T sums[columns_at_once][rows_at_once];
  for (std::size_t column = 0; column < columns; column += columns_at_once)
    for (std::size_t row = 0; row < rows; row += rows_at_once) {
      const std::size_t height = std::min(rows_at_once, rows - row);
      std::memset(sums, 0, sizeof sums);
      if (reads_factors) add_products(a.data() + row, rows, height, b.data() + column * inner, inner, sums);
      for (std::size_t j = 0; j < std::min(columns_at_once, columns - column); ++j)
        for (std::size_t i = 0; i < height; ++i) {
          const std::size_t at = (column + j) * stride + row + i;
          T value = static_cast<T>(product.alpha) * sums[j][i];
          if (product.beta != 0) value += static_cast<T>(product.beta) * load<T>(product.c.data, at, product.c.storage);
          store(product.c.data, at, product.c.storage, value);
        }
    }
}

}  // namespace

void multiply(const Product& product) {
  if (product.c.storage == Storage::f64)
    multiply_as<double>(product);
  else
    multiply_as<float>(product);
}

}  // namespace fakecuda
