// Clearing and copying memory of a GPU. Sizes and errors: kernels/memory.hpp.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/cuda/queue.hpp"

namespace lockstep::kernels {

void zero(const CudaQueue& queue, std::span<std::byte> bytes);
/// Also to or from memory of another device.
void copy(const CudaQueue& queue, std::span<const std::byte> from, std::span<std::byte> to);

}  // namespace lockstep::kernels
