// The matrix product of the faked cuBLAS, on the numbers.
#pragma once

#include <cstdint>
#include <vector>

namespace fakecuda {

/// How the numbers of a matrix are stored, and what a product makes of them before it multiplies.
enum class Storage { f64, f32, tf32 /* f32 in memory, rounded to 10 bits of mantissa */, bf16 };

/// A matrix by columns, as cuBLAS sees it.
struct Columns {
  void* data = nullptr;
  int rows = 0;
  int columns = 0;
  int stride = 0;  // elements between two columns
  Storage storage = Storage::f32;

  [[nodiscard]] std::size_t element_bytes() const {
    return storage == Storage::f64 ? 8 : storage == Storage::bf16 ? 2 : 4;
  }
};

/// C = alpha·op(A)·op(B) + beta·C, the sums over 0, 1, 2, … in `double` where C is f64, else in `float`. C's old values
/// are not looked at when beta is 0.
struct Product {
  Columns a;  // as stored, before op
  bool transpose_a = false;
  Columns b;
  bool transpose_b = false;
  Columns c;
  int inner = 0;
  double alpha = 1;
  double beta = 0;
};
void multiply(const Product& product);

}  // namespace fakecuda
