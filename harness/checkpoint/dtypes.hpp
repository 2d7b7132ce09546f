// The element types of the safetensors format.
#pragma once

#include <cstddef>
#include <string_view>

namespace lockstep {

/// Bits of one element of "F32", "BF16", "F4" …; 0 where the format has no such dtype.
std::size_t bits_of_dtype(std::string_view dtype);

}  // namespace lockstep
