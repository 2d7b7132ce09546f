// NCCL's element types and reductions.
#pragma once

#include <nccl.h>

#include <cstddef>
#include <random>
#include <vector>

namespace fakecuda {

/// Bytes of an element; 0 for types that the fake does not know.
std::size_t size_of(ncclDataType_t type);
const char* name_of(ncclDataType_t type);
const char* name_of(ncclRedOp_t op);

/// The inputs combined element by element, in an order of the inputs that is drawn anew for every slice of elements, as
/// rings and trees have theirs.
std::vector<std::byte> reduce(ncclDataType_t type, ncclRedOp_t op, const std::vector<std::vector<std::byte>>& inputs,
                              std::size_t elements, std::mt19937_64& random);

}  // namespace fakecuda
