#pragma once

#include <cstdint>
#include <vector>

#include "harness/device/tensor.hpp"

namespace lockstep {

/// The tensor's bytes on the host; waits for the stream.
std::vector<std::byte> bytes_of(Stream& stream, const Tensor& tensor);

/// Hash of the tensor's bytes; waits for the stream.
std::uint64_t hash_of(Stream& stream, const Tensor& tensor);

}  // namespace lockstep
