// What the fake devices say of themselves: small GPUs of compute capability 9.0.
#pragma once

#include <driver_types.h>

#include <cstddef>

namespace fakecuda {

inline constexpr int multiprocessors = 4;
inline constexpr std::size_t shared_bytes_per_block = std::size_t{48} << 10;
inline constexpr std::size_t shared_bytes_per_block_at_most = std::size_t{227} << 10;
inline constexpr int threads_per_block_at_most = 1024;

cudaDeviceProp properties_of(int device, std::size_t memory);

/// False for an attribute that the fake has no answer to.
bool attribute_of(int device, cudaDeviceAttr attribute, int& value);

}  // namespace fakecuda
