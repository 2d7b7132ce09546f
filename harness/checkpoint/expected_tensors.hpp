// Whether a file holds what is to be restored from it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/checkpoint/safetensors.hpp"

namespace lockstep {

struct ExpectedTensor {
  std::string name;
  std::string dtype;
  std::vector<std::size_t> shape;
};

/// The same names, dtypes and shapes, in any order. Throws InputError with every difference, a line each: missing,
/// not expected, other dtype, other shape (transposed where it is). `where` begins the message: the file.
void require_tensors(std::span<const TensorBytes> found, std::span<const ExpectedTensor> expected,
                     std::string_view where);

/// No infinity and no NaN in any tensor. Throws InputError with their number and the first place, a line per tensor.
void require_finite(std::span<const TensorBytes> found, std::string_view where);

}  // namespace lockstep
